import { z } from 'zod'
import { InvalidInputError } from '../errors.ts'
import { MINUTE } from '../time-units.ts'

/** Maximum time by which an event may be ahead of the server's clock, in ms. */
export const MAX_AHEAD = 5 * MINUTE

/** Earliest time of an event. A number before it is most likely a count of seconds. */
const EARLIEST = Date.UTC(2000, 0, 1)
/** Earliest time in a replay of a log from before `EARLIEST`, whose clock stands before it too. */
const EARLIEST_REPLAYED = Date.UTC(1990, 0, 1)

/** With or without seconds. */
const zoned = z.union([z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })])

/** Returns whether an event comes too late to count. Such an event is recorded. @param lateness of the domain, in ms */
export function isLate(timestamp: number, now: number, lateness: number): boolean {
  return timestamp < now - lateness
}

/**
 * Reads the time of an event.
 * @param sent whole milliseconds since 1970, or an ISO 8601 text with a zone; null or undefined if the event has none
 * @returns ms since 1970; undefined if the event has none
 * @throws InvalidInputError for anything else
 */
export function readTimestamp(sent: unknown): number | undefined {
  if (sent === undefined || sent === null) return undefined
  if (typeof sent === 'number' && Number.isSafeInteger(sent)) return sent
  if (typeof sent === 'string' && zoned.safeParse(sent).success) return Date.parse(sent)
  throw new InvalidInputError(
    'timestamp is not a time: send a whole number of milliseconds since 1970, or an ISO 8601 string with a zone, such as "2026-11-27T12:00:00Z".',
    'timestamp',
  )
}

/** Checks the time of an event, in ms. @throws InvalidInputError if it is before 2000, or too far ahead of `now` */
export function checkTimestamp(timestamp: number, now: number): void {
  if (timestamp < (now < EARLIEST ? EARLIEST_REPLAYED : EARLIEST)) {
    throw new InvalidInputError(
      `timestamp is ${timestamp} ms since 1970, which is before 2000-01-01: send milliseconds, not seconds.`,
      'timestamp',
    )
  }
  if (timestamp > now + MAX_AHEAD) {
    const seconds = Math.round((timestamp - now) / 1000)
    throw new InvalidInputError(
      `timestamp is ${seconds} s ahead of the server's clock; at most ${MAX_AHEAD / 1000} s are allowed.`,
      'timestamp',
    )
  }
}
