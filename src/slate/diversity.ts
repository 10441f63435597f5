import { ITEM_FIGURES } from '../accumulators/decayed-figures.ts'
import { oncePerInput } from '../accumulators/feature-input.ts'
import { anchorSimilarities } from '../accumulators/item-to-item.ts'

/**
 * How similar each item is taken to be to one thing more: those that are similar to no recent item of the user are alike in that, so
 * that what is merely popular does not count as different from everything and crowd out the rest.
 */
const ELSEWHERE = 0.02

/**
 * Returns the similarity of two rows, 0 to 1. It is the mean of two parts: the Jaccard index of their declared attribute values, if
 * one row has any, and the cosine of their similarities to the user's recent items, if there are such.
 */
export const similarity = oncePerInput((input): ((a: number, b: number) => number) => {
  const { attributes, anchors, itemIds } = input
  const rows = itemIds.length
  const codes = new Map<string, number>()
  const codeOf = (name: string, text: string) => {
    const value = `${name}\0${text}`
    const known = codes.get(value)
    if (known !== undefined) return known
    codes.set(value, codes.size)
    return codes.size - 1
  }
  /** By row, each once: few rows are ever compared. */
  const values: number[][] = []
  const valuesOf = (row: number) => {
    const held: number[] = []
    const declared = attributes[row]
    for (const name in declared) {
      const value = declared[name]
      if (typeof value === 'number') continue
      for (const text of typeof value === 'string' ? [value] : value) {
        const code = codeOf(name, text)
        if (!held.includes(code)) held.push(code)
      }
    }
    values[row] = held
    return held
  }
  const similarities = anchors.length > 0 ? anchorSimilarities(input) : new Float64Array()
  const width = similarities.length / Math.max(rows, 1)
  /** Row by row, so that those of one stand together. */
  const byRow = new Float64Array(similarities.length)
  const lengths = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    let sum = ELSEWHERE ** 2
    for (let anchor = 0; anchor < width; anchor++) {
      const similarity = similarities[anchor * rows + row]
      byRow[row * width + anchor] = similarity
      sum += similarity ** 2
    }
    lengths[row] = Math.sqrt(sum)
  }
  return (a, b) => {
    const ofA = values[a] ?? valuesOf(a)
    const ofB = values[b] ?? valuesOf(b)
    let common = 0
    for (let at = 0; at < ofA.length; at++) if (ofB.includes(ofA[at])) common++
    const all = ofA.length + ofB.length - common
    const shared = all === 0 ? 0 : common / all
    if (width === 0) return shared
    let product = ELSEWHERE ** 2
    for (let anchor = 0; anchor < width; anchor++) product += byRow[a * width + anchor] * byRow[b * width + anchor]
    const cosine = Math.min(1, product / (lengths[a] * lengths[b]))
    return all === 0 ? cosine : (shared + cosine) / 2
  }
})

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
