import { crc32 } from 'node:zlib'
import { UnreadableStateError } from '../errors.ts'
import { countFailure } from '../invariant.ts'
import { ColumnReader, type ColumnType, ColumnWriter, type RecordOf, SEPARATOR, type Table } from './columns.ts'
import { movedBack } from './decay.ts'

/** A JSON value as uploads and events carry it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/**
 * What one accumulator keeps in a user's value. `layout` rises whenever the meaning of the columns changes: bytes of another
 * layout are left aside, never misread.
 */
export interface Part<T> {
  readonly name: string
  readonly layout: number
  empty(): T
  /** Whether it holds nothing: then it is left out of the value. */
  isEmpty(part: T): boolean
  write(writer: ColumnWriter, part: T): void
  read(reader: ColumnReader): T
  /** Moves what it holds back by `ms` to `now`, see decay.ts: its decayed sums by so much, its times to `now` where they are later. */
  moveBack(part: T, now: number, ms: number): void
}

/** The columns of a part that hold decayed sums, and their epochs. */
export interface Decaying<S> {
  readonly sum: keyof S & string
  readonly epoch: keyof S & string
  readonly halfLife: number
}

/**
 * A part of rows, kept as one array per column. Times are written relative to others that are near: those of the last column of
 * times to the row before, any others to that of their own row.
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

/** A part of single values. Texts start empty, numbers and times at 0. */
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
/** Every value that is swapped begins with its stamp. */
export const STAMP_BYTES = 8

/** All that is known of one user: a fold, in order, of their events. Mutable while one record step owns it. */
export class UserValue {
  /** Rises with every change of the state; 0 for a user without any. */
  version = 0
  /** Latest event time, in ms; 0 without events. */
  lastEventAt = 0
  latestEventId = ''
  /** Uploaded, and kept until they are removed or expire. */
  attributes: JsonObject = {}
  /** When attributes were last uploaded, in ms; 0 without any, and where it is not known. */
  attributesAt = 0
  /** Nothing more is recorded, and nothing known is used. */
  optedOut = false
  /** Of an id that became another user's: that user's id, under whom everything counts from then on. Else empty. */
  mergedInto = ''
  /** True while what was known under the id is still to be added to the other user. */
  moving = false
  /**
   * Ids whose value this user took, the latest last. Those beyond `MAX_LISTED` are handed over to the value of the id that was taken
   * last: it lists them, and is listed here.
   */
  mergedFrom: string[] = []
  /** Ids that are about to become this user's: a merge has begun, and their value has not been taken yet. */
  arriving: string[] = []
  /** Ids of a person whose erasure has begun: a resend finds the others by them. */
  erasing: string[] = []
  /** When the erasure marked this value, in ms of the clock that features see; 0 if none did. */
  erasingSince = 0
  readonly parts = new Map<string, unknown>()
  /** Parts that this code does not know, or knows in another layout: written back as they were found. */
  readonly foreign: { code: number; bytes: Buffer }[] = []

  /** The part, empty if nothing is known yet. The same object each time: changes to it are changes of the value. */
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

  /** The time at which decayed figures are read, in ms: never before the last event. */
  timeAt(now: number): number {
    return Math.max(now, this.lastEventAt)
  }
}

/** Ids that the value of a user lists as theirs before it hands them over. */
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

/** Reads and writes values of the parts of one configuration. */
export class UserValueCodec {
  readonly #byName: ReadonlyMap<string, { readonly part: Part<unknown>; readonly code: number }>
  readonly #byCode: ReadonlyMap<number, Part<unknown>>
  readonly #writer = new ColumnWriter()
  readonly #partWriter = new ColumnWriter()

  /** @throws Error when the codes of two parts are the same */
  constructor(parts: readonly Part<unknown>[]) {
    this.#byName = new Map(parts.map((part) => [part.name, { part, code: codeOf(part) }]))
    this.#byCode = new Map(Array.from(this.#byName.values(), ({ part, code }) => [code, part]))
    const own = [STANDING_CODE, UNDER_WAY_CODE, UPLOADED_CODE]
    if (this.#byCode.size < this.#byName.size || own.some((code) => this.#byCode.has(code))) {
      throw new Error('the names of two parts of the user value have the same code: rename one')
    }
  }

  /** @param stamp 8 random bytes that tell this state of the value from any other */
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
   * The stored value of a user, as `decode` reads it.
   * @throws UnreadableStateError when the bytes are no such value; the failure is counted
   */
  decodeOf(userId: string, bytes: Uint8Array | undefined): UserValue {
    try {
      return this.decode(bytes)
    } catch (error) {
      countFailure('USER_VALUE_UNREADABLE')
      throw new UnreadableStateError(userId, { cause: error })
    }
  }

  /** @param bytes undefined gives the value of a user without any state @throws RangeError when they are not such a value */
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

/** Latest event time of an encoded user's value, in ms, without decoding the rest; 0 without events. */
export function lastEventOf(bytes: Uint8Array): number {
  const reader = new ColumnReader(bytes, STAMP_BYTES)
  reader.count()
  reader.count()
  return reader.time()
}

/** The stamp of an encoded value, as a text that compares; empty for an absent value. */
export function stampOf(bytes: Uint8Array | undefined): string {
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, STAMP_BYTES).toString('latin1') : ''
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
