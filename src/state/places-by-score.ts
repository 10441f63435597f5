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
