import { ColumnReader, ColumnWriter } from './column-codec.ts'
import { readPackedText, writePackedText } from './packed-text.ts'

/**
 * The kept events of one user in few bytes, the last recorded at the end. Each is the length of its body, and the body. Bodies stand
 * in groups: a text that an event of the group already has is replaced by its distance, and an event id by where it differs from
 * that of the first event. Groups can be read, and dropped, without the ones before. To add an event, only the first one of its group
 * is decoded.
 */

/** Events of a group. */
export const GROUP = 32
/** First byte of a body: of the first one of a group, or of another one. */
const [FIRST, NEXT] = [0, 1]
/** First byte of a body that is the JSON text of its event: of one that has no shorter form, or of an earlier version. */
const JSON_TEXT = '['.charCodeAt(0)
/** Texts of an event, after its time: four ids and the type, attributes and positions. */
const TEXTS = 7
/** Those that are JSON. */
const FIRST_JSON = 5
/** Before a text: that there is none, that it follows, that its end follows, or how far back it stands. */
const [ABSENT, WHOLE, END, BACK] = [0, 1, 2, 3]
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
 * @param events as `encodeKeptEvent` makes them, the last recorded at the end
 * @returns the bytes to append, valid until the next call, and the number of events that there are with them
 */
export function packBehind(held: Uint8Array, events: readonly string[]): { bytes: Buffer; count: number } {
  const last = lastGroup(held)
  all.reset()
  all.bytes(held.subarray(last.from))
  let { size, first } = last
  let from = 0
  for (const event of events) {
    const fields = fieldsOf(event)
    if (fields === undefined) {
      all.text(event)
      size = GROUP
      continue
    }
    if (size >= GROUP) {
      from = all.length
      size = 0
      first = undefined
    }
    writeBody(fields, first, all.view().subarray(from))
    first ??= fields
    size++
    all.count(body.length)
    all.bytes(body.view())
  }
  return { bytes: all.view().subarray(held.length - last.from), count: last.count + events.length }
}

/** @param first of the group; undefined if the event is the first @param group what the group has so far */
function writeBody({ time, texts }: Fields, first: Fields | undefined, group: Buffer): void {
  body.reset()
  body.byte(first ? NEXT : FIRST)
  body.time(time, first?.time || undefined)
  for (let at = 0; at < texts.length; at++) {
    const text = texts[at]
    if (text === undefined) {
      body.count(ABSENT)
      continue
    }
    const shared = at === 0 ? sharedStart(first?.texts[0] ?? '', text) : 0
    packedText.reset()
    writePackedText(packedText, text.slice(shared))
    const bytes = packedText.view()
    const place = shared > 0 || bytes.length <= SHORT ? -1 : group.lastIndexOf(bytes)
    if (place >= 0) {
      body.count(BACK + group.length - place)
      continue
    }
    body.count(shared > 0 ? END : WHOLE)
    if (shared > 0) body.count(shared)
    body.bytes(bytes)
  }
}

export function unpackKept(packed: Uint8Array): string[] {
  const events: string[] = []
  let first: Fields | undefined
  const reader = new ColumnReader(packed)
  while (!reader.atEnd) {
    const start = reader.offset
    const bytes = reader.bytes(reader.count())
    if (bytes[0] === JSON_TEXT) {
      events.push(bytes.toString('utf8'))
      continue
    }
    const fields = readBody(bytes, bytes[0] === FIRST ? undefined : first, packed, start)
    if (bytes[0] === FIRST) first = fields
    events.push(eventOf(fields))
  }
  return events
}

/** @param start where the length of the body stands in `packed` */
function readBody(bytes: Buffer, first: Fields | undefined, packed: Uint8Array, start: number): Fields {
  const reader = new ColumnReader(bytes, 1)
  const time = reader.time(first?.time || undefined)
  const texts: (string | undefined)[] = []
  while (!reader.atEnd) {
    const code = reader.count()
    if (code === ABSENT) texts.push(undefined)
    else if (code === WHOLE) texts.push(readPackedText(reader))
    else if (code === END) {
      const shared = reader.count()
      texts.push((first?.texts[0] ?? '').slice(0, shared) + readPackedText(reader))
    } else texts.push(readPackedText(new ColumnReader(packed, start - (code - BACK))))
  }
  return { time, texts }
}

/** Drops whole groups from the front, so that at least so many events are left. @returns a view of the bytes that are left */
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
  const reader = new ColumnReader(packed)
  let latest = 0
  let first = 0
  while (!reader.atEnd) {
    const bytes = reader.bytes(reader.count())
    let time: number
    if (bytes[0] === JSON_TEXT) time = Number.parseInt(bytes.toString('latin1', 1, 18), 10)
    else if (bytes[0] === FIRST) time = first = new ColumnReader(bytes, 1).time()
    else time = new ColumnReader(bytes, 1).time(first || undefined)
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
  /** Number of events of all groups. */
  readonly count: number
}

function lastGroup(packed: Uint8Array): LastGroup {
  const reader = new ColumnReader(packed)
  let from = 0
  let size = GROUP
  let count = 0
  for (; !reader.atEnd; count++) {
    const start = reader.offset
    const length = reader.count()
    const kind = packed[reader.offset]
    reader.skip(length)
    if (kind === NEXT) size++
    else {
      size = kind === FIRST ? 1 : GROUP
      from = start
    }
  }
  if (size >= GROUP) return { from: packed.length, size, first: undefined, count }
  const group = new ColumnReader(packed, from)
  return { from, size, first: readBody(group.bytes(group.count()), undefined, packed, from), count }
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

/** @returns undefined if the event has no packed form. What `JSON.stringify` made, it makes again. */
function fieldsOf(event: string): Fields | undefined {
  // Half of a surrogate pair, which UTF-8 does not have.
  if (event.includes('\\ud')) return undefined
  const values = JSON.parse(event) as [number, ...unknown[]]
  const [time] = values
  if (!Number.isInteger(time) || time < 0 || time > MOST_TIME || values.length > TEXTS + 1) return undefined
  const texts: (string | undefined)[] = []
  for (let at = 1; at < values.length; at++) {
    const value = values[at]
    if (value === null) texts.push(undefined)
    else if (at > FIRST_JSON) texts.push(JSON.stringify(value))
    else texts.push(value as string)
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
