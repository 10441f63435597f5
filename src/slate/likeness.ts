import type { FeatureInput } from '../accumulators/feature-input.ts'
import { anchorSimilarities } from '../accumulators/item-to-item.ts'

/**
 * How alike two rows are, from 0 to 1: the share of the values of their declared attributes that they have in common (Jaccard); where
 * both are similar to recent items of the user, the mean of this and the cosine of these similarities.
 */
export function likeness(input: FeatureInput): (a: number, b: number) => number {
  const { attributes, anchors, itemIds } = input
  const rows = itemIds.length
  const values = attributes.map(
    (declared) =>
      new Set(
        Object.entries(declared).flatMap(([name, value]) =>
          typeof value === 'number' ? [] : [value].flat().map((text) => `${name}\0${text}`),
        ),
      ),
  )
  const similarities = anchors.length > 0 ? anchorSimilarities(input) : new Float64Array()
  const lengths = itemIds.map((_, row) => {
    let sum = 0
    for (let at = row; at < similarities.length; at += rows) sum += similarities[at] ** 2
    return Math.sqrt(sum)
  })
  return (a, b) => {
    let common = 0
    for (const value of values[a]) if (values[b].has(value)) common++
    const all = values[a].size + values[b].size - common
    const shared = all === 0 ? 0 : common / all
    if (lengths[a] === 0 || lengths[b] === 0) return shared
    let product = 0
    for (let start = 0; start < similarities.length; start += rows) product += similarities[start + a] * similarities[start + b]
    return (shared + Math.min(1, product / (lengths[a] * lengths[b]))) / 2
  }
}
