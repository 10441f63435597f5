import { invariant } from '../invariant.ts'
import {
  type ColumnReader,
  type ColumnType,
  type ColumnWriter,
  codeOfTime,
  SEPARATOR,
  TIME_BASE,
  timeOfCode,
} from './column-codec.ts'
import { DigitText, hasUuidForm, isDigit, putInteger, putUuid, UUID_BYTES, UUID_LENGTH, ZERO } from './id-digits.ts'

/** How the ids of a column are written. */
const IDS = { texts: 0, numbered: 1, integers: 2, uuids: 3 } as const
/** Stands for the form of an absent id. */
const ABSENT = 255
/** Digits of the largest numbers that are always safe integers. */
const SAFE_DIGITS = 15

/** What a column is made of before its form is known. Reused: user values are written at every event. */
let scratch = Buffer.alloc(4096)
const idNumbers: number[] = []
const text = new DigitText()

/**
 * Writes ids in the shortest way that suits all of them: as a shared prefix and numbers, as integers of 8 bytes, as UUIDs of 16 bytes,
 * or as one text. The ids must not contain U+0000.
 */
export function writeIds(writer: ColumnWriter, ids: readonly string[]): void {
  if (ids.length > 0) {
    const [first] = ids
    const prefix = prefixLength(first)
    if (prefix < first.length) {
      if (areNumbered(ids, first.slice(0, prefix))) {
        writer.byte(IDS.numbered)
        writer.text(first.slice(0, prefix))
        for (let i = 0; i < ids.length; i++) writer.count(idNumbers[i])
        return
      }
      if (prefix <= 1 && areIntegers(ids)) {
        writer.byte(IDS.integers)
        for (let i = 0; i < 2 * ids.length; i++) writer.uint32(idNumbers[i])
        return
      }
    }
    if (first.length === UUID_LENGTH && areUuids(ids)) {
      writer.byte(IDS.uuids)
      writer.bytes(scratch.subarray(0, UUID_BYTES * ids.length))
      return
    }
  }
  writer.byte(IDS.texts)
  writer.text(ids.length === 1 ? ids[0] : ids.join(SEPARATOR))
}

/** Reads ids. @throws RangeError if the bytes are invalid */
export function readIds(reader: ColumnReader, rows: number): string[] {
  return readIdsOf(reader, reader.byte(), rows)
}

function readIdsOf(reader: ColumnReader, form: number, rows: number): string[] {
  switch (form) {
    case IDS.numbered: {
      const prefix = reader.bytes(reader.count())
      text.reset()
      for (let i = 0; i < rows; i++) {
        if (i > 0) text.separate()
        text.bytes(prefix)
        text.number(reader.count())
      }
      return text.split(rows)
    }
    case IDS.integers: {
      text.reset()
      for (let i = 0; i < rows; i++) {
        if (i > 0) text.separate()
        const low = reader.uint32()
        text.integer(low, reader.uint32())
      }
      return text.split(rows)
    }
    case IDS.uuids: {
      const bytes = reader.bytes(UUID_BYTES * rows)
      text.reset()
      for (let i = 0; i < rows; i++) {
        if (i > 0) text.separate()
        text.uuid(bytes, UUID_BYTES * i)
      }
      return text.split(rows)
    }
    case IDS.texts: {
      const all = reader.text()
      if (rows === 0) return []
      if (rows === 1) return [all]
      const ids = all.split(SEPARATOR)
      if (ids.length !== rows) throw new RangeError('a column of ids has another length')
      return ids
    }
    default:
      throw new RangeError('a column of ids has an unknown form')
  }
}

/** Writes one id, which may be absent. */
export function writeId(writer: ColumnWriter, id: string | undefined): void {
  if (id === undefined) writer.byte(ABSENT)
  else writeIds(writer, [id])
}

/** Reads what `writeId` wrote. @throws RangeError if the bytes are no id */
export function readId(reader: ColumnReader): string | undefined {
  const form = reader.byte()
  return form === ABSENT ? undefined : readIdsOf(reader, form, 1)[0]
}

/** Length of what stands before the last digits of an id: its whole length if it does not end with a digit. */
function prefixLength(id: string): number {
  let at = id.length
  while (at > 0 && isDigit(id.charCodeAt(at - 1))) at--
  return at
}

/**
 * Whether each id is the prefix and a number of at most 15 digits, written as JavaScript writes it. The numbers are then in `idNumbers`.
 */
function areNumbered(ids: readonly string[], prefix: string): boolean {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]
    const digits = id.length - prefix.length
    if (digits < 1 || digits > SAFE_DIGITS || !id.startsWith(prefix)) return false
    if (digits > 1 && id.charCodeAt(prefix.length) === ZERO) return false
    let number = 0
    for (let at = prefix.length; at < id.length; at++) {
      const code = id.charCodeAt(at)
      if (!isDigit(code)) return false
      number = 10 * number + code - ZERO
    }
    idNumbers[i] = number
  }
  return true
}

/** Whether all ids are integers of 64 bits, written as JavaScript writes them. Their halves are then in `idNumbers`. */
function areIntegers(ids: readonly string[]): boolean {
  for (let i = 0; i < ids.length; i++) if (!putInteger(ids[i], idNumbers, 2 * i)) return false
  return true
}

/** Whether all ids are UUIDs in lower case. They are then in `scratch`. */
function areUuids(ids: readonly string[]): boolean {
  makeRoom(UUID_BYTES * ids.length)
  for (let i = 0; i < ids.length; i++) {
    if (!hasUuidForm(ids[i])) return false
    putUuid(ids[i], scratch, UUID_BYTES * i)
  }
  return true
}

function makeRoom(bytes: number): void {
  if (bytes > scratch.length) scratch = Buffer.alloc(2 * bytes)
}

/** The cells of one column, one for each row: texts, or numbers. */
export type Cells = (string | number)[]

/** Columns of a table, in the order in which they are written. */
export interface PackedColumns {
  readonly names: readonly string[]
  readonly types: readonly ColumnType[]
  /** Whether the first column has the times to which other times of the same row are relative. */
  readonly timeLeads: boolean
}

/** Encodings of different numbers in tables with at least this many rows: each number, or only those other than 0. */
const [EACH, SPARSE] = [0, 1]
const LEAST_ROWS = 8
/** More equal numbers are written one by one, so that damaged bytes cannot ask for any amount of memory. */
const MOST_EQUAL = 2 ** 16

const COLUMNS_OF_BYTE = 8

/** The numbers of a column while it is written: counts, real numbers, or codes of times. */
let numbers = new Float64Array(512)

/**
 * Writes a table: the number of rows, and the columns. Before each eight columns, a bit for each says whether it has different numbers:
 * of equal numbers, one is written. Texts are written as ids. The leading times are relative to the row before, other times to the
 * leading one of their row.
 */
export function writePackedTable(writer: ColumnWriter, columns: PackedColumns, table: Readonly<Record<string, Cells>>): void {
  const { names, types, timeLeads } = columns
  const rows = table[names[0]].length
  writer.count(rows)
  if (rows === 0) return
  if (rows > numbers.length) numbers = new Float64Array(2 * rows)
  const leading = timeLeads ? (table[names[0]] as number[]) : undefined
  let [bits, different] = [0, 0]
  for (let n = 0; n < names.length; n++) {
    if (rows > 1 && n % COLUMNS_OF_BYTE === 0) {
      bits = writer.length
      different = 0
      writer.byte(0)
    }
    const cells = table[names[n]]
    invariant(cells.length === rows, 'COLUMNS_DIFFER', 'two columns of a table have different numbers of rows.')
    const type = types[n]
    if (type === 'text') writeIds(writer, cells as string[])
    else if (writeNumbers(writer, type, cells as number[], n === 0 ? undefined : leading)) {
      different |= 1 << (n % COLUMNS_OF_BYTE)
      writer.setByte(bits, different)
    }
  }
}

/** Reads a table. @throws RangeError if the bytes are invalid */
export function readPackedTable(reader: ColumnReader, { names, types, timeLeads }: PackedColumns): Record<string, Cells> {
  const table: Record<string, Cells> = {}
  const rows = reader.count()
  if (rows === 0) {
    for (const name of names) table[name] = []
    return table
  }
  let bits = 0
  let leading: number[] | undefined
  for (let n = 0; n < names.length; n++) {
    if (rows > 1 && n % COLUMNS_OF_BYTE === 0) bits = reader.byte()
    const type = types[n]
    if (type === 'text') {
      table[names[n]] = readIds(reader, rows)
      continue
    }
    const isDifferent = (bits & (1 << (n % COLUMNS_OF_BYTE))) !== 0
    const cells = isDifferent ? readNumbers(reader, type === 'real', rows) : readEqual(reader, type === 'real', rows)
    if (type === 'time') toTimes(cells, leading)
    if (n === 0 && timeLeads) leading = cells
    table[names[n]] = cells
  }
  return table
}

/** @param near times of the same rows; absent for times that are relative to the row before */
function takeNumbers(type: ColumnType, cells: readonly number[], near: readonly number[] | undefined): void {
  const rows = cells.length
  if (type !== 'time') {
    for (let i = 0; i < rows; i++) numbers[i] = cells[i]
    return
  }
  let before = TIME_BASE
  for (let i = 0; i < rows; i++) {
    numbers[i] = codeOfTime(cells[i], near ? near[i] || TIME_BASE : before)
    before = cells[i] || before
  }
}

function toTimes(cells: number[], near: readonly number[] | undefined): void {
  let before = TIME_BASE
  for (let i = 0; i < cells.length; i++) {
    cells[i] = timeOfCode(cells[i], near ? near[i] || TIME_BASE : before)
    before = cells[i] || before
  }
}

/** @param near as for `takeNumbers` @returns whether they are different */
function writeNumbers(writer: ColumnWriter, type: ColumnType, cells: readonly number[], near?: readonly number[]): boolean {
  const isReal = type === 'real'
  const rows = cells.length
  takeNumbers(type, cells, near)
  if (rows === 1) {
    writeNumber(writer, isReal, numbers[0])
    return false
  }
  let [equal, zeros] = [0, 0]
  for (let i = 0; i < rows; i++) {
    if (Object.is(numbers[i], numbers[0])) equal++
    if (Object.is(numbers[i], 0)) zeros++
  }
  if (equal === rows && rows <= MOST_EQUAL) {
    writeNumber(writer, isReal, numbers[0])
    return false
  }
  const isSparse = rows >= LEAST_ROWS && zeros > rows / 8 + 1
  if (rows >= LEAST_ROWS) writer.byte(isSparse ? SPARSE : EACH)
  if (isSparse) {
    for (let from = 0; from < rows; from += 8) {
      let bits = 0
      for (let i = from; i < rows && i < from + 8; i++) if (!Object.is(numbers[i], 0)) bits |= 1 << (i - from)
      writer.byte(bits)
    }
  }
  for (let i = 0; i < rows; i++) if (!isSparse || !Object.is(numbers[i], 0)) writeNumber(writer, isReal, numbers[i])
  return true
}

function readNumbers(reader: ColumnReader, isReal: boolean, rows: number): number[] {
  const form = rows >= LEAST_ROWS ? reader.byte() : EACH
  if (form > SPARSE) throw new RangeError('a column of numbers has an unknown form')
  const bits = form === SPARSE ? reader.bytes(Math.ceil(rows / 8)) : undefined
  const cells: number[] = []
  for (let i = 0; i < rows; i++) {
    if (bits && (bits[i >> 3] & (1 << (i % 8))) === 0) cells.push(0)
    else cells.push(isReal ? reader.real() : reader.count())
  }
  return cells
}

function readEqual(reader: ColumnReader, isReal: boolean, rows: number): number[] {
  if (rows > MOST_EQUAL) throw new RangeError('a column of equal numbers is too long')
  const number = isReal ? reader.real() : reader.count()
  const cells: number[] = []
  for (let i = 0; i < rows; i++) cells.push(number)
  return cells
}

function writeNumber(writer: ColumnWriter, isReal: boolean, number: number): void {
  if (isReal) writer.real(number)
  else writer.count(number)
}
