import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { SURE_LIFT } from '../accumulators/cohort-features.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'

/** As trending items are ordered, so that cohorts that say nothing change nothing. */
const POPULARITY = 'item_popularity_1d'

/**
 * Returns how much people who share attributes with the user are interested in each candidate: its popularity in the shop, times what
 * cohorts say. Without unit, 0 or more; only the order means something.
 * @returns undefined if cohorts say nothing about the user
 */
export function interestOfPeopleAlike(input: FeatureInput, { features }: AccumulatorSet): Float64Array | undefined {
  const lift = features.get(SURE_LIFT)?.column?.(input)
  const popularity = features.get(POPULARITY)?.column?.(input)
  if (!lift || !popularity) return undefined
  const rows = input.itemIds.length
  const lifts = Float64Array.from({ length: rows }, (_, row) => lift(row))
  if (lifts.every(Number.isNaN)) return undefined
  return lifts.map((value, row) => popularity(row) * (Number.isNaN(value) ? 1 : Math.exp(value)))
}
