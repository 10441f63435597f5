/** Returns the value of the attribute `position` for one position on a surface. */
export function positionValue(surface: string | undefined, position: number): string {
  return `${surface ?? ''}#${position}`
}

/** Returns the surface and the position of a value of the attribute `position`. A surface with an empty name is none. */
export function placeOf(value: string): { readonly surface: string | undefined; readonly position: number } {
  const end = value.lastIndexOf('#')
  return { surface: end === 0 ? undefined : value.slice(0, end), position: Number(value.slice(end + 1)) }
}
