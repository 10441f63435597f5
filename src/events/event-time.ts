import { InvalidInputError } from '../errors.ts'
import { MINUTE } from '../time-units.ts'

/** Maximum time by which an event may be ahead of the server's clock, in ms. */
export const MAX_AHEAD = 5 * MINUTE

/** Returns whether an event comes too late to count. Such an event is recorded. @param lateness of the domain, in ms */
export function isLate(timestamp: number, now: number, lateness: number): boolean {
  return timestamp < now - lateness
}

/** Checks a timestamp. @throws InvalidInputError if it is not a time, or is too far ahead of `now` */
export function checkTimestamp(timestamp: number, now: number): void {
  if (!Number.isSafeInteger(timestamp) || timestamp <= 0) {
    throw new InvalidInputError('timestamp is not a whole number of milliseconds since 1970.', 'timestamp')
  }
  if (timestamp > now + MAX_AHEAD) {
    const seconds = Math.round((timestamp - now) / 1000)
    throw new InvalidInputError(
      `timestamp is ${seconds} s ahead of the server's clock; at most ${MAX_AHEAD / 1000} s are allowed.`,
      'timestamp',
    )
  }
}
