import { z } from 'zod'
import { ColumnReader, ColumnWriter } from './column-codec.ts'
import { readPackedText, writePackedText } from './id-digits.ts'
import type { RecordedEvent } from './log-entry.ts'
import type { Json } from './user-value.ts'

/** Number of events kept per user for reading: the last recorded. */
export const KEPT_EVENTS = 200

const keptEvent = z.tuple([
  z.number(),
  z.string(),
  z.string(),
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
  z.record(z.string(), z.json()).nullable(),
  z.array(z.number()).nullable(),
])

/** Encodes an event as kept with its user: a JSON array without names, and without trailing absent fields. */
export function encodeKeptEvent(event: RecordedEvent): string {
  return JSON.stringify([event.timestamp, ...keptFields(event)])
}

/**
 * Returns what is kept of an event beside its time, without trailing absent fields: event id, type, item, session and slate, then
 * the attributes and positions.
 */
function keptFields(event: RecordedEvent): (Json | undefined)[] {
  const { eventId, eventType, itemId, sessionId, recommendationId, eventAttributes, positions } = event
  const fields: (Json | undefined)[] = [eventId, eventType, itemId, sessionId, recommendationId, eventAttributes]
  fields.push(positions && [...positions])
  while (fields.at(-1) === undefined) fields.pop()
  return fields
}

/** Decodes a kept event. @throws Error if the text is not a kept event */
export function decodeKeptEvent(userId: string, kept: string): RecordedEvent {
  const fields: unknown = JSON.parse(kept)
  const padded = Array.isArray(fields) ? [...fields, ...new Array<null>(8).fill(null)].slice(0, 8) : fields
  const [timestamp, eventId, eventType, itemId, sessionId, recommendationId, eventAttributes, positions] = keptEvent.parse(padded)
  return {
    eventId,
    userId,
    ...(itemId !== null && { itemId }),
    eventType,
    ...(eventAttributes !== null && { eventAttributes }),
    timestamp,
    ...(sessionId !== null && { sessionId }),
    ...(recommendationId !== null && { recommendationId }),
    ...(positions !== null && { positions }),
  }
}

/**
 * The kept events of one user in few bytes, the last recorded at the end. Each is the length of its body, and the body. Bodies stand
 * in groups: a text that an event of the group already has is replaced by its distance, an event id by where it differs from that of
 * the first event, and a time by its distance from the time before. Groups can be read, and dropped, without the ones before. To add
 * an event, only the first one of its group is decoded, and the times of the others.
 */

/** Number of events that are packed together. Later events of a group refer to texts of earlier ones. */
export const GROUP = 32
/** First byte of a body: of the first one of a group, or of another one. */
const [FIRST, NEXT] = [0, 2]
/** First byte of a body that is the JSON text of its event: of one that has no shorter form. */
const JSON_TEXT = '['.charCodeAt(0)
/** Place of the first text that is JSON, after those of four ids and the type: the attributes, and behind them the positions. */
const FIRST_JSON = 5
/** UTF-8 does not have it. */
const HALF_CHARACTER = /\p{Surrogate}/u
/** Before a text: that there is none, that it follows, that it is that of the first event of the group, or how far back it stands. */
const [ABSENT, WHOLE, FIRSTS, BACK] = [0, 1, 2, 3]
/** Before an event id, instead of the last two: how much of the id of the first event is the same, if the end follows. */
const SHARED = 2
/** Bytes of a text that are as short as a distance. */
const SHORT = 2
/** Fewer shared units are not worth a text in two parts. */
const LEAST_SHARED = 4
/** Times whose differences are sure to be written. */
const MOST_TIME = 2 ** 50

/** An event as it is packed. undefined of what it does not have. */
interface Fields {
  readonly time: number
  readonly texts: readonly (string | undefined)[]
}

const all = new ColumnWriter()
const body = new ColumnWriter()
const packedText = new ColumnWriter()

/**
 * Packs events behind those of the same user.
 * @param held what is packed so far
 * @param events the last recorded at the end
 * @returns the bytes to append, valid until the next call, and the number of events that there are with them
 */
export function packBehind(held: Uint8Array, events: readonly RecordedEvent[]): { bytes: Buffer; count: number } {
  const last = lastGroup(held)
  all.reset()
  all.bytes(held.subarray(last.from))
  let { size, first, time } = last
  let from = 0
  for (const event of events) {
    const fields = fieldsOf(event)
    if (fields === undefined) {
      all.text(encodeKeptEvent(event))
      size = GROUP
      continue
    }
    if (size >= GROUP) {
      from = all.length
      size = 0
      first = undefined
    }
    writeBody(fields, first, time, all.view().subarray(from))
    first ??= fields
    time = fields.time
    size++
    all.count(body.length)
    all.bytes(body.view())
  }
  return { bytes: all.view().subarray(held.length - last.from), count: last.count + events.length }
}

/**
 * @param first of the group; undefined if the event is the first
 * @param before time of the event before
 * @param group what the group has so far
 */
function writeBody({ time, texts }: Fields, first: Fields | undefined, before: number, group: Buffer): void {
  body.reset()
  body.byte(first ? NEXT : FIRST)
  body.time(time, (first && before) || undefined)
  for (let at = 0; at < texts.length; at++) {
    const text = texts[at]
    if (text === undefined) {
      body.count(ABSENT)
      continue
    }
    if (at > 0 && text === first?.texts[at]) {
      body.count(FIRSTS)
      continue
    }
    const shared = at === 0 ? sharedStart(first?.texts[0] ?? '', text) : 0
    packedText.reset()
    writePackedText(packedText, text.slice(shared))
    const bytes = packedText.view()
    const place = at === 0 || bytes.length <= SHORT ? -1 : group.lastIndexOf(bytes)
    if (place >= 0) {
      body.count(BACK + group.length - place)
      continue
    }
    body.count(shared > 0 ? SHARED + shared : WHOLE)
    body.bytes(bytes)
  }
}

/** Unpacks the kept events of a user: each as JSON text, in the order in which they were packed. */
export function unpackKept(packed: Uint8Array): string[] {
  const events: string[] = []
  let first: Fields | undefined
  let before = 0
  const reader = new ColumnReader(packed)
  while (!reader.atEnd) {
    const start = reader.offset
    const bytes = reader.bytes(reader.count())
    if (bytes[0] === JSON_TEXT) {
      events.push(bytes.toString('utf8'))
      continue
    }
    const fields = readBody(bytes, bytes[0] === FIRST ? undefined : first, before, packed, start)
    if (bytes[0] === FIRST) first = fields
    before = fields.time
    events.push(eventOf(fields))
  }
  return events
}

/** @param before time of the event before @param start where the length of the body stands in `packed` */
function readBody(bytes: Buffer, first: Fields | undefined, before: number, packed: Uint8Array, start: number): Fields {
  const reader = new ColumnReader(bytes, 1)
  if (bytes[0] !== FIRST && bytes[0] !== NEXT) throw new RangeError('a kept event has an unknown form')
  const time = reader.time(baseOf(bytes[0], before))
  const texts: (string | undefined)[] = []
  while (!reader.atEnd) {
    const code = reader.count()
    if (code === ABSENT) texts.push(undefined)
    else if (code === WHOLE) texts.push(readPackedText(reader))
    else if (texts.length === 0) texts.push((first?.texts[0] ?? '').slice(0, code - SHARED) + readPackedText(reader))
    else if (code === FIRSTS) texts.push(first?.texts[texts.length])
    else texts.push(readPackedText(new ColumnReader(packed, start - (code - BACK))))
  }
  return { time, texts }
}

/** Returns the time to which that of an event is relative. @param before of the event before */
function baseOf(kind: number, before: number): number | undefined {
  return kind === FIRST ? undefined : before || undefined
}

/** Drops whole groups from the front, but keeps at least this many events. @returns a view of the bytes that are left */
export function dropOldest(packed: Uint8Array, count: number, atLeast: number): Uint8Array {
  const reader = new ColumnReader(packed)
  let from = 0
  for (let before = 0; !reader.atEnd; before++) {
    const start = reader.offset
    const length = reader.count()
    if (packed[reader.offset] !== NEXT && count - before >= atLeast) from = start
    reader.skip(length)
  }
  return packed.subarray(from)
}

/** Reads a number of packed events and returns their bytes. */
export function readPacked(reader: ColumnReader, events: number): Buffer {
  const from = reader.offset
  for (let i = 0; i < events; i++) reader.skip(reader.count())
  return reader.since(from)
}

/** Returns the number of packed events. */
export function countKept(packed: Uint8Array): number {
  const reader = new ColumnReader(packed)
  let events = 0
  for (; !reader.atEnd; events++) reader.skip(reader.count())
  return events
}

/** Returns the latest time of packed events, in ms. The last recorded event may be a late one with an older time. */
export function latestKept(packed: Uint8Array): number {
  let [latest, before] = [0, 0]
  const reader = new ColumnReader(packed)
  while (!reader.atEnd) {
    const bytes = reader.bytes(reader.count())
    let time: number
    if (bytes[0] === JSON_TEXT) time = Number.parseInt(bytes.toString('latin1', 1, 18), 10)
    else time = before = new ColumnReader(bytes, 1).time(baseOf(bytes[0], before))
    latest = Math.max(latest, time)
  }
  return latest
}

interface LastGroup {
  /** Where it begins. */
  readonly from: number
  /** Number of its events; `GROUP` if nothing can be added to it. */
  readonly size: number
  readonly first: Fields | undefined
  /** Of its last event. */
  readonly time: number
  /** Number of events of all groups. */
  readonly count: number
}

function lastGroup(packed: Uint8Array): LastGroup {
  const reader = new ColumnReader(packed)
  let [from, size, count] = [0, GROUP, 0]
  let time = 0
  for (; !reader.atEnd; count++) {
    const start = reader.offset
    const end = reader.count() + reader.offset
    const kind = packed[reader.offset]
    if (kind === JSON_TEXT) size = GROUP
    else {
      reader.skip(1)
      time = reader.time(baseOf(kind, time))
      size = kind === FIRST ? 1 : size + 1
    }
    if (kind !== NEXT) from = start
    reader.skip(end - reader.offset)
  }
  if (size >= GROUP) return { from: packed.length, size, first: undefined, time, count }
  const group = new ColumnReader(packed, from)
  return { from, size, first: readBody(group.bytes(group.count()), undefined, 0, packed, from), time, count }
}

/** How many UTF-16 units two texts share at their start; 0 of few. Pairs stay whole. */
function sharedStart(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let shared = 0
  while (shared < most && one.charCodeAt(shared) === other.charCodeAt(shared)) shared++
  if (shared > 0 && isHighSurrogate(one.charCodeAt(shared - 1))) shared--
  return shared < LEAST_SHARED ? 0 : shared
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** @returns undefined if the event has no packed form */
function fieldsOf(event: RecordedEvent): Fields | undefined {
  const { timestamp: time } = event
  if (!Number.isInteger(time) || time < 0 || time > MOST_TIME) return undefined
  const texts: (string | undefined)[] = []
  for (const [at, value] of keptFields(event).entries()) {
    const text = typeof value === 'string' || value === undefined ? value : JSON.stringify(value)
    // In JSON, half of a surrogate pair is escaped.
    if (at < FIRST_JSON && text !== undefined && HALF_CHARACTER.test(text)) return undefined
    texts.push(text)
  }
  return { time, texts }
}

function eventOf({ time, texts }: Fields): string {
  let event = `[${time}`
  for (let at = 0; at < texts.length; at++) {
    const text = texts[at]
    if (text === undefined) event += ',null'
    else event += at < FIRST_JSON ? `,${JSON.stringify(text)}` : `,${text}`
  }
  return `${event}]`
}
