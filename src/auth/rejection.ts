import { UnauthenticatedError, UnavailableError } from '../errors.ts'
import { looksLikeKey } from './key-text.ts'

/**
 * Reasons to reject a caller. `missing`: no credential. `malformed`: the credential is neither a token nor a key. `key`, `token`:
 * the key or token is not valid. `unavailable`: nobody can check the token now.
 */
export const REJECTIONS = ['missing', 'malformed', 'key', 'token', 'unavailable'] as const
export type Rejection = (typeof REJECTIONS)[number]

/**
 * Returns why a caller is not let in.
 * @param shown returns what the caller showed, or throws an UnauthenticatedError if it has another form
 * @param error what the authenticator threw
 */
export function rejectionOf(shown: () => string | undefined, error: unknown): Rejection {
  if (error instanceof UnavailableError) return 'unavailable'
  try {
    const credential = shown()
    if (credential === undefined) return 'missing'
    return looksLikeKey(credential) ? 'key' : 'token'
  } catch (unreadable) {
    if (unreadable instanceof UnauthenticatedError) return 'malformed'
    throw unreadable
  }
}
