import type { ColumnReader, ColumnWriter } from './column-codec.ts'

/** How the numbers of a column are written. */
const NUMBERS = { equal: 0, reciprocals: 1, singles: 2, doubles: 3 } as const
const LARGEST_DIVISOR = 255

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

/** Reads numbers. @throws RangeError if the bytes are invalid */
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
