import { z } from 'zod'
import type { AttributeKind } from '../accumulators/accumulator.ts'
import type { Clock } from '../clock.ts'
import { InvalidInputError } from '../errors.ts'
import type { RecordedEvent } from '../state/log-entry.ts'
import { isWithinBounds } from '../state/number-bounds.ts'
import type { Json, JsonObject } from '../state/user-value.ts'
import { MINUTE } from '../time-units.ts'

/** Most characters of an id, counted in UTF-16 code units. */
export const MAX_ID_LENGTH = 128
/** Most bytes of the attributes of one event, item or user, written as JSON in UTF-8. */
export const MAX_ATTRIBUTES_BYTES = 8 * 1024
/** Most levels of objects and lists inside the attributes of one event, item or user. */
export const MAX_DEPTH = 5
/** Most positions that one event may name. */
export const MAX_POSITIONS = 200
/** Highest position that an event may name; the top is 1. */
export const MAX_POSITION = 10_000

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f]/
/** Half a character: it has no UTF-8, so that two texts could become one key on their way to the store. */
const HALF_CHARACTER = /\p{Surrogate}/u

/** Checks an id. @throws InvalidInputError with the name of the field */
export function checkId(value: string, field: string): void {
  if (value.length === 0) throw new InvalidInputError(`${field} is empty; send 1 to ${MAX_ID_LENGTH} characters.`, field)
  if (value.length > MAX_ID_LENGTH) {
    throw new InvalidInputError(`${field} has ${value.length} characters; at most ${MAX_ID_LENGTH} are allowed.`, field)
  }
  if (CONTROL.test(value)) throw new InvalidInputError(`${field} contains a control character.`, field)
  if (HALF_CHARACTER.test(value)) throw new InvalidInputError(`${field} contains half of a surrogate pair.`, field)
}

/**
 * Checks a JSON object: its size and depth, and that its numbers are finite and its texts valid.
 * @throws InvalidInputError with the path of the invalid part
 */
export function checkAttributes(attributes: unknown, field: string): asserts attributes is JsonObject {
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    throw new InvalidInputError(`${field} is not a JSON object.`, field)
  }
  checkJson(attributes, field, 0)
  const size = Buffer.byteLength(JSON.stringify(attributes))
  if (size > MAX_ATTRIBUTES_BYTES) {
    throw new InvalidInputError(`${field} has ${size} bytes as JSON; at most ${MAX_ATTRIBUTES_BYTES} are allowed.`, field)
  }
}

function checkJson(value: unknown, path: string, depth: number): asserts value is Json {
  if (depth > MAX_DEPTH) throw new InvalidInputError(`${path} is nested deeper than ${MAX_DEPTH} levels.`, path)
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new InvalidInputError(`${path} is not a finite number.`, path)
  } else if (typeof value === 'string') {
    if (value.includes('\u0000')) throw new InvalidInputError(`${path} contains the character U+0000.`, path)
    if (HALF_CHARACTER.test(value)) throw new InvalidInputError(`${path} contains half of a surrogate pair.`, path)
  } else if (Array.isArray(value)) {
    value.forEach((element, i) => {
      checkJson(element, `${path}.${i}`, depth + 1)
    })
  } else if (typeof value === 'object') {
    for (const [key, element] of Object.entries(value)) {
      // Readers of the log would take it for the prototype of the object, and lose it.
      if (key === '__proto__') throw new InvalidInputError(`${path} has the key __proto__: give it another name.`, path)
      checkJson(element, `${path}.${key}`, depth + 1)
    }
  } else throw new InvalidInputError(`${path} is not JSON.`, path)
}

/** Checks a number. @throws InvalidInputError unless it is finite and at most MAX_MAGNITUDE */
export function checkNumber(value: unknown, field: string): asserts value is number {
  if (typeof value !== 'number') {
    throw new InvalidInputError(`${field} is ${kindOfJson(value)}: send a JSON number, without quotation marks.`, field)
  }
  if (!Number.isFinite(value)) throw new InvalidInputError(`${field} is not a finite number.`, field)
  if (!isWithinBounds(value)) {
    throw new InvalidInputError(`${field} is ${value}: numbers from -1e12 to 1e12 are allowed.`, field)
  }
}

/** Checks a position. @throws InvalidInputError unless it is an integer from 1 to MAX_POSITION */
export function checkPosition(value: unknown, field: string): asserts value is number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_POSITION) return
  throw new InvalidInputError(`${field} is not a whole number from 1 (the top) to ${MAX_POSITION}.`, field)
}

/** Checks a text. @throws InvalidInputError unless it is a text of at most MAX_ID_LENGTH characters */
export function checkText(value: unknown, field: string): asserts value is string {
  if (typeof value !== 'string') throw new InvalidInputError(`${field} is ${kindOfJson(value)}: send a string.`, field)
  if (value.length > MAX_ID_LENGTH) {
    throw new InvalidInputError(`${field} has ${value.length} characters; at most ${MAX_ID_LENGTH} are allowed.`, field)
  }
}

/** Returns the name of a JSON value's type, for messages. */
export function kindOfJson(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'a string'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * Checks uploaded attributes against the kinds that the domain declares. A `number` must be finite and at most 1e12; a `key` must
 * be a text or a list of texts. null passes, because it removes an attribute; so do undeclared attributes.
 * @throws InvalidInputError with the path of the attribute
 */
export function checkDeclared(attributes: JsonObject, declared: { readonly [attribute: string]: AttributeKind }): void {
  for (const [name, kind] of Object.entries(declared)) {
    if (!Object.hasOwn(attributes, name)) continue
    const value = attributes[name]
    if (value === null) continue
    const field = `attributes.${name}`
    if (kind === 'number') checkNumber(value, field)
    else if (!Array.isArray(value)) checkKey(value, field)
    else for (const [i, element] of value.entries()) checkKey(element, `${field}.${i}`)
  }
}

function checkKey(value: unknown, field: string): void {
  if (typeof value === 'string') return
  throw new InvalidInputError(
    `${field} is ${kindOfJson(value)}: the domain declares this attribute as a key, so send a string or a list of strings.`,
    field,
  )
}

/** With or without seconds. */
const zoned = z.union([z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })])
/** Largest distance of a time from 1970, in ms, that a `Date` can hold. */
const LAST_TIME = 8.64e15

/** Reads a time. @param sent whole milliseconds since 1970, or an ISO 8601 text with a zone @returns ms since 1970; undefined for anything else */
export function timeIn(sent: unknown): number | undefined {
  if (typeof sent === 'number' && Number.isSafeInteger(sent) && Math.abs(sent) <= LAST_TIME) return sent
  return typeof sent === 'string' && zoned.safeParse(sent).success ? Date.parse(sent) : undefined
}

/** Reads a time, as `timeIn` does. @throws InvalidInputError with the name of the field if it is none */
export function readTime(sent: unknown, field: string): number {
  const time = timeIn(sent)
  if (time !== undefined) return time
  throw new InvalidInputError(
    `${field} is not a time: send a whole number of milliseconds since 1970, or an ISO 8601 string with a zone, such as "2026-11-27T12:00:00Z".`,
    field,
  )
}

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
