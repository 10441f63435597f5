/**
 * The storage of this tab, which only pages of this service can read, and which the browser deletes with the tab. Undefined in browsers that
 * keep nothing for pages: they throw at the name alone.
 */
export function tabStorage(): Storage | undefined {
  try {
    return sessionStorage
  } catch {
    return undefined
  }
}
