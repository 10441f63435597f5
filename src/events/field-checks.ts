import { z } from 'zod'
import type { AttributeKind } from '../accumulators/accumulator.ts'
import { InvalidInputError } from '../errors.ts'
import { isWithinBounds } from '../state/number-bounds.ts'
import type { Json, JsonObject } from '../state/user-value.ts'

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
