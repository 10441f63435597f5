import { invariant } from '../invariant.ts'
import type { ColumnReader, ColumnType, ColumnWriter } from './column-codec.ts'
import { codeOfTime, TIME_BASE, timeOfCode } from './column-codec.ts'
import { readIds, writeIds } from './packed-ids.ts'

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
