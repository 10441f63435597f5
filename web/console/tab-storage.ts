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

/** Deletes all that the console keeps in this tab, so that the next reader in it finds nothing of the one who leaves. */
export function emptyTabStorage(): void {
  const storage = tabStorage()
  for (const key of Object.keys(storage ?? {})) if (key.startsWith('liverank:')) storage?.removeItem(key)
}
