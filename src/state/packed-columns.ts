import { type ColumnReader, type ColumnWriter, SEPARATOR } from './column-codec.ts'

/** How the ids of a column are written. */
const IDS = { texts: 0, numbered: 1, integers: 2, uuids: 3 } as const
/** Stands for the form of an absent id. */
const ABSENT = 255
/** How the numbers of a column are written. */
const NUMBERS = { equal: 0, reciprocals: 1, singles: 2, doubles: 3 } as const

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const UUID_BYTES = 16
const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/
/** The largest integer of 64 bits. */
const MOST_INTEGER = '9223372036854775807'
/** Digits of the largest numbers that are always safe integers. */
const SAFE_DIGITS = 15
const MINUS = 45
const ZERO = 48
const NINE = 57
const LARGEST_DIVISOR = 255

/**
 * Writes ids in the shortest way that suits all of them: as a shared prefix and numbers, as integers of 8 bytes, as UUIDs of 16 bytes,
 * or as one text. The ids must not contain U+0000.
 */
export function writeIds(writer: ColumnWriter, ids: readonly string[]): void {
  const prefix = ids.length === 0 ? undefined : prefixOf(ids[0])
  if (prefix !== undefined && ids.every((id) => isNumbered(id, prefix))) {
    writer.byte(IDS.numbered)
    writer.text(prefix)
    for (const id of ids) writer.count(Number(id.slice(prefix.length)))
  } else if (ids.length > 0 && ids.every(isInteger)) {
    writer.byte(IDS.integers)
    const bytes = Buffer.allocUnsafe(8 * ids.length)
    for (let i = 0; i < ids.length; i++) bytes.writeBigInt64LE(BigInt(ids[i]), 8 * i)
    writer.bytes(bytes)
  } else if (ids.length > 0 && ids.every((id) => UUID.test(id))) {
    writer.byte(IDS.uuids)
    writer.bytes(Buffer.from(ids.join('').replaceAll('-', ''), 'hex'))
  } else {
    writer.byte(IDS.texts)
    writer.text(ids.join(SEPARATOR))
  }
}

/** Reads ids. @throws RangeError if the bytes are none */
export function readIds(reader: ColumnReader, rows: number): string[] {
  return readIdsOf(reader, reader.byte(), rows)
}

function readIdsOf(reader: ColumnReader, form: number, rows: number): string[] {
  switch (form) {
    case IDS.numbered: {
      const prefix = reader.text()
      return Array.from({ length: rows }, () => prefix + reader.count())
    }
    case IDS.integers: {
      const bytes = reader.bytes(8 * rows)
      return Array.from({ length: rows }, (_, i) => bytes.readBigInt64LE(8 * i).toString())
    }
    case IDS.uuids: {
      const digits = reader.bytes(UUID_BYTES * rows).toString('hex')
      return Array.from({ length: rows }, (_, i) => uuidOf(digits.slice(2 * UUID_BYTES * i, 2 * UUID_BYTES * (i + 1))))
    }
    case IDS.texts: {
      const ids = reader.text().split(SEPARATOR)
      if (rows === 0) return []
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

function uuidOf(digits: string): string {
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`
}

/** What stands before the last digits of an id; undefined if it does not end with a digit. */
function prefixOf(id: string): string | undefined {
  let at = id.length
  while (at > 0 && isDigit(id.charCodeAt(at - 1))) at--
  return at === id.length ? undefined : id.slice(0, at)
}

/** Whether a number of at most 15 digits, written as JavaScript writes it, stands behind the prefix. */
function isNumbered(id: string, prefix: string): boolean {
  const digits = id.length - prefix.length
  if (digits < 1 || digits > SAFE_DIGITS || !id.startsWith(prefix)) return false
  if (digits > 1 && id.charCodeAt(prefix.length) === ZERO) return false
  for (let at = prefix.length; at < id.length; at++) if (!isDigit(id.charCodeAt(at))) return false
  return true
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}

/** Whether the id is an integer of 64 bits, written as JavaScript writes it. */
function isInteger(id: string): boolean {
  if (!INTEGER.test(id)) return false
  const digits = id.charCodeAt(0) === MINUS ? id.slice(1) : id
  return digits.length < MOST_INTEGER.length || digits <= MOST_INTEGER
}

/**
 * Writes numbers in the shortest way that loses nothing of any of them: as one number if all are equal, as reciprocals of 1 to 255 in
 * a byte each, in 4 bytes, or in 8. NaN is allowed.
 */
export function writeNumbers(writer: ColumnWriter, numbers: readonly number[]): void {
  const form = formOf(numbers)
  writer.byte(form)
  if (form === NUMBERS.equal) writer.float64(numbers.length === 0 ? 0 : numbers[0])
  else if (form === NUMBERS.reciprocals) for (const number of numbers) writer.byte(Math.round(1 / number))
  else if (form === NUMBERS.singles) for (const number of numbers) writer.float32(number)
  else for (const number of numbers) writer.float64(number)
}

function formOf(numbers: readonly number[]): number {
  let [equal, reciprocals, singles] = [true, true, true]
  const [first] = numbers
  for (const number of numbers) {
    if (equal && !Object.is(number, first)) equal = false
    if (reciprocals && !isReciprocal(number)) reciprocals = false
    if (singles && !Object.is(Math.fround(number), number)) singles = false
    if (!equal && !reciprocals && !singles) return NUMBERS.doubles
  }
  if (equal) return NUMBERS.equal
  return reciprocals ? NUMBERS.reciprocals : NUMBERS.singles
}

function isReciprocal(number: number): boolean {
  const divisor = Math.round(1 / number)
  return divisor >= 1 && divisor <= LARGEST_DIVISOR && 1 / divisor === number
}

/** Reads numbers. @throws RangeError if the bytes are none */
export function readNumbers(reader: ColumnReader, rows: number): number[] {
  const numbers = new Array<number>(rows)
  const form = reader.byte()
  if (form === NUMBERS.equal) return numbers.fill(reader.float64())
  if (form > NUMBERS.doubles) throw new RangeError('a column of numbers has an unknown form')
  for (let i = 0; i < rows; i++) {
    if (form === NUMBERS.reciprocals) numbers[i] = 1 / reader.byte()
    else numbers[i] = form === NUMBERS.singles ? reader.float32() : reader.float64()
  }
  return numbers
}
