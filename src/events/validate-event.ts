import type { Clock } from '../clock.ts'
import { InvalidInputError } from '../errors.ts'
import type { RecordedEvent } from '../state/log-entry.ts'
import type { JsonObject } from '../state/user-value.ts'
import { MINUTE } from '../time-units.ts'
import { checkAttributes, checkId, checkNumber, checkPosition, checkText, MAX_POSITIONS, readTime } from './field-checks.ts'

/** An event as sent by a client. What GraphQL does not check is unknown: it must not fail a whole batch. */
export interface EventInput {
  readonly eventId?: string | null | undefined
  readonly userId: string
  readonly itemId?: string | null | undefined
  readonly eventType: string
  readonly eventAttributes?: unknown
  /** Whole milliseconds since 1970, or an ISO 8601 text with a zone. */
  readonly timestamp?: unknown
  readonly sessionId?: string | null | undefined
  readonly recommendationId?: string | null | undefined
  readonly positions?: readonly number[] | null | undefined
}

/** Attributes of events that the service reads itself, and what each must be. Null counts as absent. */
export const RESERVED: { readonly [name: string]: (value: unknown, field: string) => void } = {
  price: checkNumber,
  quantity: checkNumber,
  value: checkNumber,
  position: checkPosition,
  surface: checkText,
  device: checkText,
  locale: checkText,
  query: checkText,
  traffic: checkText,
}

function checkReserved(attributes: JsonObject): void {
  for (const [name, check] of Object.entries(RESERVED)) {
    if (Object.hasOwn(attributes, name) && attributes[name] !== null) check(attributes[name], `eventAttributes.${name}`)
  }
}

/**
 * Validates an event and returns it in its recorded form.
 * @param clock dates the event if it has no timestamp, and reads the timestamp of a client
 * @param makeId makes an id; used if the event has none
 * @throws InvalidInputError with the name of the invalid field
 */
export function validateEvent(input: EventInput, clock: Pick<Clock, 'at' | 'ofClient'>, makeId: () => string): RecordedEvent {
  const { userId, eventType } = input
  const eventId = input.eventId ?? undefined
  const itemId = input.itemId ?? undefined
  const sessionId = input.sessionId ?? undefined
  const recommendationId = input.recommendationId ?? undefined
  checkId(userId, 'userId')
  checkId(eventType, 'eventType')
  for (const [field, id] of Object.entries({ eventId, itemId, sessionId, recommendationId }))
    if (id !== undefined) checkId(id, field)
  const eventAttributes = input.eventAttributes ?? undefined
  if (eventAttributes !== undefined) {
    checkAttributes(eventAttributes, 'eventAttributes')
    checkReserved(eventAttributes)
  }
  const given = input.timestamp == null ? undefined : readTime(input.timestamp, 'timestamp')
  const sent = given === undefined ? undefined : clock.ofClient(given)
  const now = clock.at(sent ?? 0)
  const timestamp = sent ?? now
  checkTimestamp(timestamp, now)
  const positions = input.positions ?? undefined
  if (positions !== undefined) checkPositions(positions, recommendationId)
  return {
    eventId: eventId ?? makeId(),
    userId,
    ...(itemId !== undefined && { itemId }),
    eventType,
    ...(eventAttributes !== undefined && { eventAttributes }),
    timestamp,
    ...(sessionId !== undefined && { sessionId }),
    ...(recommendationId !== undefined && { recommendationId }),
    ...(positions !== undefined && { positions: [...new Set(positions)] }),
  }
}

function checkPositions(positions: readonly number[], recommendationId: string | undefined): void {
  if (recommendationId === undefined) {
    throw new InvalidInputError('positions refer to a slate: send its recommendationId too.', 'positions')
  }
  if (positions.length > MAX_POSITIONS) {
    throw new InvalidInputError(`positions has ${positions.length} entries; at most ${MAX_POSITIONS} are allowed.`, 'positions')
  }
  positions.forEach((position, i) => {
    checkPosition(position, `positions.${i}`)
  })
}

/** Maximum time by which an event may be ahead of the server's clock, in ms. */
export const MAX_AHEAD = 5 * MINUTE

/** Earliest time of an event. A number before it is most likely a count of seconds. */
const EARLIEST = Date.UTC(2000, 0, 1)
/** Earliest time in a replay of a log from before `EARLIEST`, whose clock stands before it too. */
const EARLIEST_REPLAYED = Date.UTC(1990, 0, 1)

/** Returns whether an event comes too late to count. Such an event is recorded. @param lateness of the domain, in ms */
export function isLate(timestamp: number, now: number, lateness: number): boolean {
  return timestamp < now - lateness
}

/** Checks the time of an event, in ms. @throws InvalidInputError if it is before 2000, or too far ahead of `now` */
function checkTimestamp(timestamp: number, now: number): void {
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
