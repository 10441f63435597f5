import { invariant } from '../invariant.ts'

/** A small table as one array per column, all of one length. */
type Columns = Record<string, unknown[]>
type Row<T extends Columns> = { [K in keyof T]: T[K][number] }

/** Inserts a row at an index from 0. The rows from there on move back by one. */
export function insertRow<T extends Columns>(table: T, at: number, row: Row<T>): void {
  for (const column in table) table[column].splice(at, 0, row[column])
}

/** Removes the row at an index from 0. */
export function removeRow<T extends Columns>(table: T, at: number): void {
  for (const column in table) table[column].splice(at, 1)
}

/** Moves a row to the front. */
export function promoteRow<T extends Columns>(table: T, from: number): void {
  if (from === 0) return
  for (const column in table) {
    const cells = table[column]
    cells.unshift(...cells.splice(from, 1))
  }
}

/** Moves a row to its place among rows sorted by a numeric column, largest first. It goes in front of equal rows. */
export function placeRow<T extends Columns, C extends keyof T>(
  table: T,
  from: number,
  by: T[C] extends number[] ? C : never,
): void {
  const sorted = table[by] as number[]
  const [value] = sorted.splice(from, 1)
  const found = sorted.findIndex((other) => other <= value)
  const to = found < 0 ? sorted.length : found
  sorted.splice(to, 0, value)
  if (to === from) return
  for (const column in table) {
    const cells = table[column]
    if (cells !== sorted) cells.splice(to, 0, ...cells.splice(from, 1))
  }
}

/** Deletes the rows for which `keep` returns false. `keep` sees the unchanged table. */
export function filterRows<T extends Columns>(table: T, rows: number, keep: (row: number) => boolean): void {
  const kept: number[] = []
  for (let row = 0; row < rows; row++) if (keep(row)) kept.push(row)
  if (kept.length === rows) return
  for (const column in table) {
    const cells = table[column]
    for (let i = 0; i < kept.length; i++) cells[i] = cells[kept[i]]
    cells.length = kept.length
  }
}

/**
 * Types of the columns of a compact binary format for small tables. Numbers are varints or float64; the texts of a column are one
 * joined string. Texts must not contain U+0000, which separates them; ids are checked for it on input.
 */
export type ColumnType = 'text' | 'count' | 'real' | 'time'

type Cell<C extends ColumnType> = C extends 'text' ? string : number

/** A table as one array per column, all of the same length. */
export type Table<S extends Record<string, ColumnType>> = { [K in keyof S]: Cell<S[K]>[] }
/** One row of a table, as an object with a value for each column. */
export type RecordOf<S extends Record<string, ColumnType>> = { [K in keyof S]: Cell<S[K]> }

/** Separator between the texts of a column. Texts must not contain it. */
export const SEPARATOR = '\u0000'

/** Stands before a number that does not fit into a byte. */
const IN_FULL = 255

/** Times are kept in ms relative to this moment, which makes them short; 0, for never, has a code of its own. */
export const TIME_BASE = Date.UTC(2024, 0, 1)

/** Returns the count that stands for a time. @param base a nearby time in ms; times near it have small codes */
export function codeOfTime(time: number, base: number): number {
  if (time === 0) return 0
  const relative = time - base
  return relative >= 0 ? 2 * relative + 1 : -2 * relative
}

/**
 * Returns the time that a code of `codeOfTime` stands for, in ms since 1970; 0 means never.
 * @param base the same time in ms as was given to `codeOfTime`
 */
export function timeOfCode(code: number, base: number): number {
  if (code === 0) return 0
  const half = Math.floor(code / 2)
  return base + (code > 2 * half ? half : -half)
}

/** Writes numbers, texts and tables in the compact format, one after the other, into a buffer that grows as needed. */
export class ColumnWriter {
  #buffer = Buffer.allocUnsafe(16 * 1024)
  #length = 0

  reset(): this {
    this.#length = 0
    return this
  }

  get length(): number {
    return this.#length
  }

  /** Returns the written bytes; valid until the next write. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Returns a copy of the written bytes. */
  take(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length))
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Writes an integer from 0 to 2^53. */
  count(value: number): void {
    invariant(value >= 0 && value <= Number.MAX_SAFE_INTEGER, 'COUNT_OUT_OF_RANGE', 'a count in a value is not from 0 to 2^53.')
    this.#reserve(8)
    let rest = value
    // Beyond 31 bits, shifts lose bits, and a remainder is slow.
    while (rest >= 2 ** 31) {
      const seventh = Math.floor(rest / 0x80)
      this.#buffer[this.#length++] = (rest - 0x80 * seventh) | 0x80
      rest = seventh
    }
    for (let bits = rest | 0; ; bits >>>= 7) {
      if (bits < 0x80) {
        this.#buffer[this.#length++] = bits
        return
      }
      this.#buffer[this.#length++] = (bits & 0x7f) | 0x80
    }
  }

  /** Begins what `endSized` ends. @returns what to pass to it */
  beginSized(): number {
    this.#reserve(1)
    return ++this.#length
  }

  /** Puts the number of bytes written since `beginSized` in front of them. */
  endSized(start: number): void {
    const size = this.#length - start
    if (size < 0x80) {
      this.#buffer[start - 1] = size
      return
    }
    this.count(size)
    const more = this.#length - start - size - 1
    this.#buffer.copyWithin(start + more, start, start + size)
    this.#length = start - 1
    this.count(size)
    this.#length += size
  }

  /** Writes an integer of at most 2^52 in magnitude; small ones take one byte. */
  signed(value: number): void {
    this.count(value >= 0 ? 2 * value : -2 * value - 1)
  }

  /** Writes the lowest 8 bits of an integer. */
  byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = value
  }

  /** Overwrites the byte at an offset. */
  setByte(offset: number, value: number): void {
    this.#buffer[offset] = value
  }

  uint32(value: number): void {
    this.#reserve(4)
    this.#length = this.#buffer.writeUInt32LE(value, this.#length)
  }

  /** Writes a finite number. Integers from 0 to 254, which most counts and weights are, take one byte; other numbers take nine. */
  real(value: number): void {
    invariant(Number.isFinite(value), 'NUMBER_NOT_FINITE', 'a number in a value is not finite.')
    this.#reserve(9)
    if (value === (value & 0xff) && value !== IN_FULL && !Object.is(value, -0)) this.#buffer[this.#length++] = value
    else {
      this.#buffer[this.#length++] = IN_FULL
      this.#length = this.#buffer.writeDoubleLE(value, this.#length)
    }
  }

  float64(value: number): void {
    this.#reserve(8)
    this.#length = this.#buffer.writeDoubleLE(value, this.#length)
  }

  float32(value: number): void {
    this.#reserve(4)
    this.#length = this.#buffer.writeFloatLE(value, this.#length)
  }

  /** Writes a time. @param base a nearby time in ms; times near it take fewer bytes */
  time(value: number, base = TIME_BASE): void {
    this.count(codeOfTime(value, base))
  }

  text(value: string): void {
    this.#reserve(3 * value.length + 8)
    const start = this.#length
    const written = this.#buffer.write(value, start + 1, 'utf8')
    if (written < 0x80) {
      this.#buffer[start] = written
      this.#length = start + 1 + written
      return
    }
    this.count(written)
    this.#length += this.#buffer.write(value, this.#length, 'utf8')
  }

  /** Writes a text without its length. @param bytes its length in UTF-8 */
  utf8(value: string, bytes: number): void {
    this.#reserve(bytes)
    this.#length += this.#buffer.write(value, this.#length, 'utf8')
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes))
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }
}

/** Reads what a `ColumnWriter` wrote, in the same order. Throws RangeError if the bytes end too early. */
export class ColumnReader {
  readonly #buffer: Buffer
  #offset: number

  constructor(bytes: Uint8Array, offset = 0) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#offset = offset
  }

  get atEnd(): boolean {
    return this.#offset >= this.#buffer.length
  }

  get offset(): number {
    return this.#offset
  }

  /** Returns the bytes read since an offset, without copying. */
  since(offset: number): Buffer {
    return this.#buffer.subarray(offset, this.#offset)
  }

  skip(length: number): void {
    this.#offset += length
    if (this.#offset > this.#buffer.length) throw new RangeError('the value ends too early')
  }

  bytes(length: number): Buffer {
    const end = this.#offset + length
    if (end > this.#buffer.length) throw new RangeError('the value ends too early')
    const bytes = this.#buffer.subarray(this.#offset, end)
    this.#offset = end
    return bytes
  }

  count(): number {
    const small = this.#buffer[this.#offset]
    if (small < 0x80) {
      this.#offset++
      return small
    }
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.#buffer[this.#offset++]
      if (byte === undefined) throw new RangeError('the value ends too early')
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 0x80
    }
  }

  signed(): number {
    const code = this.count()
    return code % 2 === 0 ? code / 2 : -(code + 1) / 2
  }

  byte(): number {
    const byte = this.#buffer[this.#offset++]
    if (byte === undefined) throw new RangeError('the value ends too early')
    return byte
  }

  uint32(): number {
    const value = this.#buffer.readUInt32LE(this.#offset)
    this.#offset += 4
    return value
  }

  real(): number {
    const small = this.#buffer[this.#offset]
    if (small === undefined) throw new RangeError('the value ends too early')
    this.#offset++
    if (small !== IN_FULL) return small
    const value = this.float64()
    // Left by a version that let it in: it begins anew.
    return Number.isFinite(value) ? value : 0
  }

  float64(): number {
    const value = this.#buffer.readDoubleLE(this.#offset)
    this.#offset += 8
    return value
  }

  float32(): number {
    const value = this.#buffer.readFloatLE(this.#offset)
    this.#offset += 4
    return value
  }

  /** Reads a time. @param base the base that was used for writing */
  time(base = TIME_BASE): number {
    return timeOfCode(this.count(), base)
  }

  text(): string {
    const length = this.count()
    if (length === 0) return ''
    const end = this.#offset + length
    if (end > this.#buffer.length) throw new RangeError('the value ends too early')
    const value = this.#buffer.toString('utf8', this.#offset, end)
    this.#offset = end
    return value
  }
}
