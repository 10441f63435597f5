/** Joins names of CSS classes. Leaves out those that are absent or false. */
export function classes(...names: readonly (string | false | undefined)[]): string {
  return names.filter(Boolean).join(' ')
}
