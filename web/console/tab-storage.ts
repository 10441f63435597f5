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

/** Returns a value that `keepInTab` has kept under a key; undefined if there is none. @typeParam T type of what this key keeps */
export function keptInTab<T>(key: string): T | undefined {
  const text = tabStorage()?.getItem(key)
  // Only the console writes its keys.
  return text == null ? undefined : (JSON.parse(text) as T)
}

/** Keeps a value until the tab is closed or its reader signs out. @param value undefined: forgets it */
export function keepInTab(key: string, value: object | undefined): void {
  if (value === undefined) tabStorage()?.removeItem(key)
  else tabStorage()?.setItem(key, JSON.stringify(value))
}

/** Deletes all that the console keeps in this tab, so that the next reader in it finds nothing of the one who leaves. */
export function emptyTabStorage(): void {
  const storage = tabStorage()
  for (const key of Object.keys(storage ?? {})) if (key.startsWith('liverank:')) storage?.removeItem(key)
}
