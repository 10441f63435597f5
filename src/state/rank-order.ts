const scratch = new Float64Array(1)
const words = new Uint32Array(scratch.buffer)
/** Place of the high half of a double among its two halves in a Uint32Array: 0 or 1. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

/** Maximum relative error of `rankScore`. Scores that differ by more than twice this share never tie. */
export const RANK_TOLERANCE = 2 ** -17

/**
 * Rounds a score to the 17 significant bits that decide its rank. Scores that round to the same value are tied; ids break the tie.
 *
 * The last bits of a decayed sum depend on the order of its additions, by about 1e-15 of its value. If all bits decided the rank,
 * that order would break ties. Rounding is monotone, so it never swaps two scores. A score within 1e-15 of a midpoint may still
 * round either way: about one score in 10^10. Because additions are rounded, most sums are exact, which makes this rarer still.
 */
export function rankScore(score: number): number {
  scratch[0] = score
  words[HIGH] = roundedHigh(words[HIGH])
  words[1 - HIGH] = 0
  return scratch[0]
}

/** Returns the high half of the double to which `rankScore` rounds a score, whose low half is 0. @param high high half of the score */
function roundedHigh(high: number): number {
  // Half a step upwards, then the rest cut off: a carry into the exponent is what rounding up to a power of two needs.
  return ((high + 8) & ~15) >>> 0
}

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

/**
 * Returns the indices of the `limit` highest scores, highest first; NaN comes last. For speed, sorts only the numbers, then puts
 * each index where its score belongs, and compares only indices with equal scores.
 * @param compare orders indices with equal scores
 */
export function placesByScore(scores: Float64Array, limit: number, compare: (a: number, b: number) => number): Uint32Array {
  const sorted = scores.slice().sort()
  let size = sorted.length
  while (size > 0 && Number.isNaN(sorted[size - 1])) size--
  const count = Math.min(limit, size)
  const lowest = count > 0 ? sorted[size - count] : Number.POSITIVE_INFINITY
  const places = new Uint32Array(scores.length)
  /** At the end of a score in `sorted`, how many have it so far. */
  const taken = new Uint32Array(size + 1)
  let last = size
  for (let at = 0; at < scores.length; at++) {
    const score = scores[at]
    if (score >= lowest) {
      const end = endOf(sorted, size, score)
      places[size - end + taken[end]++] = at
    } else if (Number.isNaN(score)) places[last++] = at
  }
  for (let first = 0; first < count; first += taken[size - first]) {
    const equal = taken[size - first]
    if (equal > 1) places.subarray(first, first + equal).sort(compare)
  }
  return places.subarray(0, Math.min(limit, places.length))
}

/** Behind the last of the scores that are equal to one of them. @param sorted the lowest first */
function endOf(sorted: Float64Array, size: number, score: number): number {
  let low = 0
  let high = size
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle] <= score) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Returns the n-th highest of some numbers, by selection (Hoare's FIND, 1961). It takes a time that grows with their count, where a sort
 * takes longer. A selection that calls a comparator, such as that of d3-array, took longer than the sort for 640 numbers.
 * @param numbers in any order, none of them NaN; their order changes
 * @param n from 1 (the highest) to the number of numbers
 */
export function nthHighest(numbers: Float64Array, n: number): number {
  const wanted = n - 1
  for (let from = 0, to = numbers.length - 1; from < to; ) {
    const pivot = numbers[wanted]
    let [left, right] = [from, to]
    while (left <= right) {
      while (numbers[left] > pivot) left++
      while (numbers[right] < pivot) right--
      if (left > right) break
      const held = numbers[left]
      numbers[left++] = numbers[right]
      numbers[right--] = held
    }
    if (right < wanted) from = left
    if (wanted < left) to = right
  }
  return numbers[wanted]
}
