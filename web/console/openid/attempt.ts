import { BASE } from '../address.ts'
import { returnAddress } from './openid-client.ts'

const KEY = 'liverank:openid-attempt'

/** A sign-in that has begun in this tab. The answer of the provider must fit it. */
export interface Attempt {
  readonly state: string
  readonly nonce: string
  /** Proves to the provider that who began the sign-in also ends it (PKCE, RFC 7636). */
  readonly verifier: string
  /** Path to which the reader goes back. */
  readonly returnTo: string
}

/** What the provider has sent back with the reader. */
export interface Return {
  readonly parameters: URLSearchParams
  /** Undefined if this tab has begun no sign-in. */
  readonly attempt: Attempt | undefined
}

/** Keeps an attempt while the reader is at the provider. Only this tab can read it, on pages of this service. */
export function keepAttempt(attempt: Attempt): void {
  sessionStorage.setItem(KEY, JSON.stringify(attempt))
}

/**
 * Returns what the provider has sent back, if it has just done so, and takes it out of the address and the history. An attempt counts
 * once.
 */
export function takeReturn(): Return | undefined {
  if (location.origin + location.pathname !== returnAddress()) return undefined
  const parameters = new URLSearchParams(location.search)
  const attempt = takeAttempt()
  history.replaceState(null, '', attempt?.returnTo ?? BASE)
  return { parameters, attempt }
}

function takeAttempt(): Attempt | undefined {
  try {
    const kept = sessionStorage.getItem(KEY)
    sessionStorage.removeItem(KEY)
    return kept === null ? undefined : JSON.parse(kept)
  } catch {
    return undefined
  }
}
