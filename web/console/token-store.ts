import { tabStorage } from './tab-storage.ts'

const KEY = 'liverank:console-token'

/**
 * Returns the key or token that was kept in this tab; undefined if none. Only pages of this service can read it, and the browser deletes it
 * with the tab.
 */
export function keptToken(): string | undefined {
  return tabStorage()?.getItem(KEY) ?? undefined
}

/** Keeps the key or token until the tab is closed, or deletes the kept one. */
export function keepToken(token: string | undefined): void {
  if (token === undefined) tabStorage()?.removeItem(KEY)
  else tabStorage()?.setItem(KEY, token)
}
