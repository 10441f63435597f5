const KEY = 'liverank:console-token'

/**
 * Returns the key or token that was kept in this tab; undefined if none. Only pages of this service can read it, and the browser deletes it
 * with the tab.
 */
export function keptToken(): string | undefined {
  return storage()?.getItem(KEY) ?? undefined
}

/** Keeps the key or token until the tab is closed, or deletes the kept one. */
export function keepToken(token: string | undefined): void {
  if (token === undefined) storage()?.removeItem(KEY)
  else storage()?.setItem(KEY, token)
}

/** Browsers that keep nothing for pages throw at the name alone. */
function storage(): Storage | undefined {
  try {
    return sessionStorage
  } catch {
    return undefined
  }
}
