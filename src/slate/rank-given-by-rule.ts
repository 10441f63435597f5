import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput, GivenStanding } from '../accumulators/feature-input.ts'
import { placesByScore } from '../state/places-by-score.ts'
import { RANK_OFFSET } from './rank-by-rule.ts'

/** Weight of the caller's order, or of the order of the caller's scores. */
const CALLER_WEIGHT = 1
/** Features whose order counts, and how much. Items of which a feature is not above 0 stand in no place. */
const FEATURE_WEIGHTS: readonly (readonly [feature: string, weight: number])[] = [
  ['session_item_cf_max', 1],
  ['item_popularity_7d', 0.4],
]
/** Weight of an order that means nothing: only so much that it decides where nothing else does. */
const UNORDERED_WEIGHT = 1e-6

/**
 * Scores given items without a model, by reciprocal rank fusion: of the caller's order or scores, of the similarity to what the user
 * acts on, and of popularity.
 */
export function givenScoresByRule(given: GivenStanding, input: FeatureInput, { features }: AccumulatorSet): Float64Array {
  const { places, scores: ofCaller, isOrdered } = given
  const scores = new Float64Array(places.length)
  const add = (weight: number, row: number, place: number) => {
    scores[row] += weight / (RANK_OFFSET + place)
  }
  const addOrder = (weight: number, values: Float64Array) => {
    const rows = placesByScore(values, values.length, (a, b) => a - b)
    let place = 0
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at]
      if (Number.isNaN(values[row])) break
      // Of equal values, the place is the same.
      if (at === 0 || values[row] !== values[rows[at - 1]]) place = at + 1
      add(weight, row, place)
    }
  }
  for (let row = 0; row < places.length; row++)
    if (!Number.isNaN(places[row])) add(isOrdered ? CALLER_WEIGHT : UNORDERED_WEIGHT, row, places[row])
  if (!isOrdered) addOrder(CALLER_WEIGHT, ofCaller)
  for (const [name, weight] of FEATURE_WEIGHTS) {
    const column = features.get(name)?.column?.(input)
    if (!column) continue
    addOrder(
      weight,
      Float64Array.from(places, (_, row) => {
        const value = column(row)
        return value > 0 ? value : Number.NaN
      }),
    )
  }
  return scores
}
