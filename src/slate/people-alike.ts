import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { SURE_LIFT } from '../accumulators/cohort-features.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'

/** As trending items are ordered, so that cohorts that say nothing change nothing. */
const POPULARITY = 'item_popularity_1d'

/** Slates without this source, such as those of the hold-out and of histories, have an order of their own. */
const PEOPLE_ALIKE = 'popular_in_cohort'

/**
 * Returns how much people who share attributes with the user are interested in each candidate: its popularity in the shop, times what
 * cohorts say. Without unit, 0 or more; only the order means something.
 * @returns undefined if cohorts say nothing about the user, or if the slate does not use them as a source
 */
export function interestOfPeopleAlike(input: FeatureInput, { features }: AccumulatorSet): Float64Array | undefined {
  if (!input.sources.has(PEOPLE_ALIKE)) return undefined
  const lift = features.get(SURE_LIFT)?.column?.(input)
  const popularity = features.get(POPULARITY)?.column?.(input)
  if (!lift || !popularity) return undefined
  const rows = input.itemIds.length
  const lifts = Float64Array.from({ length: rows }, (_, row) => lift(row))
  if (lifts.every(Number.isNaN)) return undefined
  return lifts.map((value, row) => popularity(row) * (Number.isNaN(value) ? 1 : Math.exp(value)))
}
