import { HIGH, roundedHigh } from './rank-score.ts'

/** Scores beyond this, also infinite ones, tie. */
const MOST = 2 ** 1023
const MINUS_ZERO = 0x8000_0000

/** Rows in the order of their scores by `rankScore`, highest first. Rows without a number (NaN) are left out. */
export interface RankOrder {
  readonly rows: Uint32Array
  /** Number of rows with a higher `rankScore`, by place in `rows`. Rows with equal scores have the same number. */
  readonly higher: Uint32Array
}

/**
 * Orders rows by `rankScore`. Among rows that tie, the order is not defined.
 *
 * A rounded score needs only the high half of a double. The low half holds the row while the numbers are sorted, so that no function
 * is called to compare them.
 * @param scores score by row; NaN if a row has none
 */
export function rankOrder(scores: ArrayLike<number>): RankOrder {
  const keys = new Float64Array(scores.length)
  const halves = new Uint32Array(keys.buffer)
  let size = 0
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]
    if (Number.isNaN(score)) continue
    keys[size] = Math.min(MOST, Math.max(-MOST, score))
    const high = 2 * size + HIGH
    halves[high] = roundedHigh(halves[high])
    if (halves[high] === MINUS_ZERO) halves[high] = 0
    halves[high ^ 1] = row
    size++
  }
  keys.subarray(0, size).sort()
  const rows = new Uint32Array(size)
  const higher = new Uint32Array(size)
  let first = 0
  for (let place = 0, at = 2 * (size - 1) + HIGH; place < size; place++, at -= 2) {
    if (place > 0 && halves[at] !== halves[at + 2]) first = place
    rows[place] = halves[at ^ 1]
    higher[place] = first
  }
  return { rows, higher }
}

/**
 * Returns the rows with the highest `rankScore`, highest first.
 * @param scores score by row, none of them NaN
 * @param limit maximum number of rows
 * @param compare orders rows that tie
 */
export function highestRows(scores: ArrayLike<number>, limit: number, compare: (a: number, b: number) => number): Uint32Array {
  const { rows, higher } = rankOrder(scores)
  for (let first = 0, end = 1; first < Math.min(limit, rows.length); first = end++) {
    while (end < rows.length && higher[end] === first) end++
    if (end - first > 1) rows.subarray(first, end).sort(compare)
  }
  return rows.subarray(0, limit)
}
