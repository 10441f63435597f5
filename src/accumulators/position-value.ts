/** Returns the value of the attribute `position` for one position on a surface, such as `home#1`. */
export function positionValue(surface: string | undefined, position: number): string {
  return `${surface ?? ''}#${position}`
}
