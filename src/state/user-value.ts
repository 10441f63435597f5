import { crc32 } from 'node:zlib'
import { UnreadableStateError } from '../errors.ts'
import { countFailure } from '../invariant.ts'
import { ColumnReader, type ColumnType, ColumnWriter, type RecordOf, SEPARATOR, type Table } from './columns.ts'
import { movedBack } from './decay.ts'

/** A JSON value in an upload or event. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/**
 * State that one accumulator keeps in a user value. `layout` must rise if the columns change their meaning: bytes of another layout
 * are kept aside, and never misread.
 */
export interface Part<T> {
  readonly name: string
  readonly layout: number
  empty(): T
  /** Returns whether the part is empty. An empty part is left out of the value. */
  isEmpty(part: T): boolean
  write(writer: ColumnWriter, part: T): void
  read(reader: ColumnReader): T
  /** Moves the part back by `ms` to `now`; see decay.ts. Decayed sums move by `ms`; times later than `now` become `now`. */
  moveBack(part: T, now: number, ms: number): void
}

/** Columns of a part that hold decayed sums and their epochs. */
export interface Decaying<S> {
  readonly sum: keyof S & string
  readonly epoch: keyof S & string
  readonly halfLife: number
}

/**
 * Makes a part that is a table, kept as one array per column. Times are written relative to nearby times: the last time column
 * relative to the row before, other time columns relative to it in the same row.
 */
export function tablePart<S extends Record<string, ColumnType>>(
  name: string,
  layout: number,
  schema: S,
  decaying?: Decaying<S>,
): Part<Table<S>> {
  const entries = Object.entries(schema)
  const leading = entries.findLast(([, type]) => type === 'time')?.[0]
  const columns = entries.sort(([a], [b]) => Number(b === leading) - Number(a === leading))
  const first = columns[0][0]
  return {
    name,
    layout,
    empty: () => {
      const part: Record<string, unknown[]> = {}
      for (const [column] of columns) part[column] = []
      return part as Table<S>
    },
    isEmpty: (part) => part[first].length === 0,
    write: (writer, part) => {
      writer.count(part[first].length)
      for (const [column, type] of columns) {
        if (type !== 'time') writer.cells(type, part[column])
        else writer.times(part[column] as number[], column === leading ? undefined : (part[leading!] as number[]))
      }
    },
    read: (reader) => {
      const rows = reader.count()
      const part: Record<string, (string | number)[]> = {}
      for (const [column, type] of columns) {
        if (type !== 'time') part[column] = reader.cells(type, rows)
        else part[column] = reader.times(rows, column === leading ? undefined : (part[leading!] as number[]))
      }
      return part as Table<S>
    },
    moveBack: (part, now, ms) => {
      const cells: Record<string, (string | number)[]> = part
      for (const [column, type] of columns) {
        if (type === 'time') cells[column] = cells[column].map((time) => Math.min(Number(time), now))
      }
      if (!decaying) return
      const [sums, epochs] = [cells[decaying.sum], cells[decaying.epoch]]
      for (let i = 0; i < sums.length; i++) {
        const moved = movedBack(Number(sums[i]), Number(epochs[i]), ms, decaying.halfLife)
        sums[i] = moved.sum
        epochs[i] = Math.max(0, moved.epoch)
      }
    },
  }
}

/** Makes a part of single values. Texts start empty; numbers and times start at 0. */
export function recordPart<S extends Record<string, ColumnType>>(
  name: string,
  layout: number,
  schema: S,
  decaying?: Decaying<S>,
): Part<RecordOf<S>> {
  const columns = Object.entries(schema)
  return {
    name,
    layout,
    empty: () => {
      const part: Record<string, string | number> = {}
      for (const [column, type] of columns) part[column] = type === 'text' ? '' : 0
      return part as RecordOf<S>
    },
    isEmpty: () => false,
    write: (writer, part) => {
      for (const [column, type] of columns) {
        const cell: string | number = part[column]
        if (typeof cell === 'string') writer.text(cell)
        else if (type !== 'text') writer[type](cell)
      }
    },
    read: (reader) => Object.fromEntries(columns.map(([column, type]) => [column, reader[type]()])) as RecordOf<S>,
    moveBack: (part, now, ms) => {
      const cells: Record<string, string | number> = part
      for (const [column, type] of columns) if (type === 'time') cells[column] = Math.min(Number(cells[column]), now)
      if (!decaying) return
      const moved = movedBack(Number(cells[decaying.sum]), Number(cells[decaying.epoch]), ms, decaying.halfLife)
      cells[decaying.sum] = moved.sum
      cells[decaying.epoch] = Math.max(0, moved.epoch)
    },
  }
}

const FORMAT = 2
/** Length of the stamp at the start of every swapped value, in bytes. */
export const STAMP_BYTES = 8

/** State of one user: the result of all their events, in order. Mutable while one record step owns it. */
export class UserValue {
  /** Version of the state. It rises with every change; 0 for a new user. */
  version = 0
  /** Latest event time, in ms; 0 without events. */
  lastEventAt = 0
  latestEventId = ''
  /** Uploaded attributes, kept until they are removed or expire. */
  attributes: JsonObject = {}
  /** Time of the last attribute upload, in ms; 0 if there are none or the time is unknown. */
  attributesAt = 0
  /** Whether the user has opted out: nothing more is recorded, and recorded state is not used. */
  optedOut = false
  /** Id of the user that this id was merged into; empty if it was not merged. All later events count for that user. */
  mergedInto = ''
  /** Whether the state of a merged id has yet to be added to the other user. */
  moving = false
  /**
   * Ids whose state this user took, latest last. Beyond `MAX_LISTED` ids, the list moves into the value of the id that was taken
   * last: that value lists the others, and is itself listed here.
   */
  mergedFrom: string[] = []
  /** Ids with a merge into this user that has begun, and whose state has not been taken yet. */
  arriving: string[] = []
  /** Ids of the person whose erasure has begun. A repeated erasure finds the other ids here. */
  erasing: string[] = []
  /** Time at which the erasure marked this value, in ms of the clock of features; 0 if none did. */
  erasingSince = 0
  readonly parts = new Map<string, unknown>()
  /** Unknown parts, or parts of another layout. They are written back unchanged. */
  readonly foreign: { code: number; bytes: Buffer }[] = []

  /** Returns a part; an empty one if the value has none. Always returns the same object: changes to it change the value. */
  get<T>(part: Part<T>): T {
    let held = this.parts.get(part.name) as T | undefined
    if (held === undefined) {
      held = part.empty()
      this.parts.set(part.name, held)
    }
    return held
  }

  get isNew(): boolean {
    return this.lastEventAt === 0
  }

  /** Returns the time at which to read decayed sums, in ms: now, or the last event if that is later. */
  timeAt(now: number): number {
    return Math.max(now, this.lastEventAt)
  }
}

/** Maximum number of merged ids that a user value lists itself. */
export const MAX_LISTED = 32

/** Stands among the parts of a value whose owner has opted out, or has or had another id. */
const STANDING = recordPart('standing', 1, { optedOut: 'count', mergedInto: 'text', moving: 'count', mergedFrom: 'text' })

/** Stands among the parts of a value with uploaded attributes. */
const UPLOADED = recordPart('attributes_uploaded', 1, { at: 'time' })

function writeStanding(writer: ColumnWriter, { optedOut, mergedInto, moving, mergedFrom }: UserValue): void {
  STANDING.write(writer, {
    optedOut: optedOut ? 1 : 0,
    mergedInto,
    moving: moving ? 1 : 0,
    mergedFrom: mergedFrom.join(SEPARATOR),
  })
}

function readStanding(reader: ColumnReader, value: UserValue): void {
  const { optedOut, mergedInto, moving, mergedFrom } = STANDING.read(reader)
  value.optedOut = optedOut === 1
  value.mergedInto = mergedInto
  value.moving = moving === 1
  value.mergedFrom = idsOf(mergedFrom)
}

/** Stands among the parts of a value while a merge or an erasure is under way. */
const UNDER_WAY = recordPart('under_way', 2, { arriving: 'text', erasing: 'text', since: 'time' })

function writeUnderWay(writer: ColumnWriter, { arriving, erasing, erasingSince: since }: UserValue): void {
  UNDER_WAY.write(writer, { arriving: arriving.join(SEPARATOR), erasing: erasing.join(SEPARATOR), since })
}

function readUnderWay(reader: ColumnReader, value: UserValue): void {
  const { arriving, erasing, since } = UNDER_WAY.read(reader)
  value.arriving = idsOf(arriving)
  value.erasing = idsOf(erasing)
  value.erasingSince = since
}

function idsOf(text: string): string[] {
  return text === '' ? [] : text.split(SEPARATOR)
}

/** What stands for the name and layout of a part in values: 28 bits, which are four bytes. */
function codeOf({ name, layout }: { readonly name: string; readonly layout: number }): number {
  return crc32(`${layout} ${name}`) % 2 ** 28
}

const STANDING_CODE = codeOf(STANDING)
const UNDER_WAY_CODE = codeOf(UNDER_WAY)
const UPLOADED_CODE = codeOf(UPLOADED)

/** Encodes and decodes user values with the parts of one configuration. */
export class UserValueCodec {
  readonly #byName: ReadonlyMap<string, { readonly part: Part<unknown>; readonly code: number }>
  readonly #byCode: ReadonlyMap<number, Part<unknown>>
  readonly #writer = new ColumnWriter()
  readonly #partWriter = new ColumnWriter()

  /** @throws Error if two parts have the same code */
  constructor(parts: readonly Part<unknown>[]) {
    this.#byName = new Map(parts.map((part) => [part.name, { part, code: codeOf(part) }]))
    this.#byCode = new Map(Array.from(this.#byName.values(), ({ part, code }) => [code, part]))
    const own = [STANDING_CODE, UNDER_WAY_CODE, UPLOADED_CODE]
    if (this.#byCode.size < this.#byName.size || own.some((code) => this.#byCode.has(code))) {
      throw new Error('the names of two parts of the user value have the same code: rename one')
    }
  }

  /** Encodes a user value. @param stamp 8 random bytes that distinguish this state from every other state of the value */
  encode(value: UserValue, stamp: Uint8Array): Buffer {
    const writer = this.#writer.reset()
    writer.bytes(stamp)
    writer.count(FORMAT)
    writer.count(value.version)
    writer.time(value.lastEventAt)
    writer.text(value.latestEventId)
    writer.text(isEmpty(value.attributes) ? '' : JSON.stringify(value.attributes))
    const hasStanding = value.optedOut || value.mergedInto !== '' || value.mergedFrom.length > 0
    const isUnderWay = value.arriving.length > 0 || value.erasing.length > 0
    const isUploaded = value.attributesAt > 0
    let count = value.foreign.length + (hasStanding ? 1 : 0) + (isUnderWay ? 1 : 0) + (isUploaded ? 1 : 0)
    for (const [name, held] of value.parts) if (!this.#known(name).part.isEmpty(held)) count++
    writer.count(count)
    if (hasStanding) this.#write(STANDING_CODE, (partWriter) => writeStanding(partWriter, value))
    if (isUnderWay) this.#write(UNDER_WAY_CODE, (partWriter) => writeUnderWay(partWriter, value))
    if (isUploaded) this.#write(UPLOADED_CODE, (partWriter) => UPLOADED.write(partWriter, { at: value.attributesAt }))
    for (const [name, held] of value.parts) {
      const { part, code } = this.#known(name)
      if (!part.isEmpty(held)) this.#write(code, (partWriter) => part.write(partWriter, held))
    }
    for (const { code, bytes } of value.foreign) {
      writer.count(code)
      writer.count(bytes.length)
      writer.bytes(bytes)
    }
    return writer.take()
  }

  #known(name: string): { part: Part<unknown>; code: number } {
    const known = this.#byName.get(name)
    if (!known) throw new Error(`part ${name} belongs to no accumulator of this configuration`)
    return known
  }

  #write(code: number, write: (writer: ColumnWriter) => void): void {
    const partWriter = this.#partWriter.reset()
    write(partWriter)
    this.#writer.count(code)
    this.#writer.count(partWriter.length)
    this.#writer.bytes(partWriter.view())
  }

  /**
   * Decodes the stored value of a user; see `decode`.
   * @throws UnreadableStateError if the bytes are not a user value; the failure is counted
   */
  decodeOf(userId: string, bytes: Uint8Array | undefined): UserValue {
    try {
      return this.decode(bytes)
    } catch (error) {
      countFailure('USER_VALUE_UNREADABLE')
      throw new UnreadableStateError(userId, { cause: error })
    }
  }

  /** Decodes a user value. @param bytes undefined for a user without state @throws RangeError if the bytes are not a user value */
  decode(bytes: Uint8Array | undefined): UserValue {
    const value = new UserValue()
    if (!bytes) return value
    const reader = new ColumnReader(bytes, STAMP_BYTES)
    const format = reader.count()
    if (format !== FORMAT) throw new RangeError(`a user's value has format ${format}, and this version reads format ${FORMAT}`)
    value.version = reader.count()
    value.lastEventAt = reader.time()
    value.latestEventId = reader.text()
    const attributes = reader.text()
    if (attributes) value.attributes = JSON.parse(attributes) as JsonObject
    const count = reader.count()
    for (let i = 0; i < count; i++) {
      const code = reader.count()
      const length = reader.count()
      const part = this.#byCode.get(code)
      if (code === STANDING_CODE) readStanding(reader, value)
      else if (code === UNDER_WAY_CODE) readUnderWay(reader, value)
      else if (code === UPLOADED_CODE) value.attributesAt = UPLOADED.read(reader).at
      else if (part) value.parts.set(part.name, part.read(reader))
      else value.foreign.push({ code, bytes: Buffer.from(reader.bytes(length)) })
    }
    return value
  }
}

/** Returns the latest event time of an encoded user value, in ms, without decoding the rest; 0 without events. */
export function lastEventOf(bytes: Uint8Array): number {
  const reader = new ColumnReader(bytes, STAMP_BYTES)
  reader.count()
  reader.count()
  return reader.time()
}

/** Returns the stamp of an encoded value, as a comparable text; empty for an absent value. */
export function stampOf(bytes: Uint8Array | undefined): string {
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, STAMP_BYTES).toString('latin1') : ''
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
