import { ITEM_FIGURES } from '../accumulators/decayed-figures.ts'
import { oncePerInput } from '../accumulators/once-per-input.ts'

/**
 * Returns the relative popularity of a row, 0 to 1: the share of the other candidates with a lower event weight (half-life of a
 * week). The complement is the novelty of Vargas and Castells (2011) as a rank among the candidates, so that it means the same in
 * every shop.
 */
export const relativePopularity = oncePerInput(({ items, itemIds }): ((row: number) => number) => {
  const popularity = items.decayed(ITEM_FIGURES.popularity7d)
  const sorted = new Float64Array(itemIds.length)
  for (let row = 0; row < sorted.length; row++) sorted[row] = popularity(row)
  sorted.sort()
  const others = Math.max(1, sorted.length - 1)
  return (row) => lessThan(sorted, popularity(row)) / others
})

function lessThan(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}
