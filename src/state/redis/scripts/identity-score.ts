import { invariant } from '../../../invariant.ts'
import { STORED_NONCES } from '../../log/not-counted.ts'

/** Start of identity scores, in seconds since 1970. */
export const IDENTITY_EPOCH_SECONDS = Date.UTC(2024, 0, 1) / 1000

/**
 * Returns the score of an event identity in Redis: seconds since 2024, followed by 22 bits of nonce. Exact in a float64 until 2092,
 * and ordered by time.
 */
export function identityScore(time: number, nonce: number): number {
  invariant(nonce >= 0 && nonce < STORED_NONCES, 'NONCE_OUT_OF_RANGE', 'the nonce of an event would change its time.')
  return Math.floor(time / 1000 - IDENTITY_EPOCH_SECONDS) * STORED_NONCES + nonce
}

/** Returns the nonce in an identity score, also for times before 2024: 0 to STORED_NONCES - 1. */
export function nonceOf(score: number): number {
  return ((score % STORED_NONCES) + STORED_NONCES) % STORED_NONCES
}

/** Returns the time in an identity score, in ms since 1970, rounded down to the second. */
export function timeOfIdentity(score: number): number {
  return (Math.floor(score / STORED_NONCES) + IDENTITY_EPOCH_SECONDS) * 1000
}
