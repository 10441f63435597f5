import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput, GivenStanding } from '../accumulators/feature-input.ts'
import { recentlySeen } from '../accumulators/user-item.ts'
import { placesByScore } from '../state/places-by-score.ts'
import { RANK_OFFSET } from './rank-by-rule.ts'

/** Features whose order counts, and how much. Items of which a feature is not above 0 stand in no place. */
const FEATURE_WEIGHTS: readonly (readonly [feature: string, weight: number])[] = [
  ['session_item_cf_max', 1],
  ['item_popularity_7d', 0.4],
]
/**
 * Weight of the caller's order, or of the order of the caller's scores. A search engine knows what was asked for, which no feature
 * tells: with a weight of 1, features made its order worse.
 */
const CALLER_WEIGHT = 10
/** Weight of the order in which the session last acted on the items, where the caller has an order: people search for what they saw. */
const TOUCHED_WEIGHT = 30
/** Weight of an order that means nothing: only so much that it decides where nothing else does. */
const UNORDERED_WEIGHT = 1e-6

/**
 * Scores given items without a model, by reciprocal rank fusion: of the caller's order or scores, of the similarity to what the user
 * acts on, and of popularity. Where the caller has an order, items on which the session has acted come first, the latest at the top.
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
  if (isOrdered || ofCaller.some((score) => !Number.isNaN(score))) addOrder(TOUCHED_WEIGHT, latestInSession(input))
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

/** Returns for each row the time in ms at which the session last acted on the item; NaN if it has not. */
function latestInSession({ session, user, itemIds, now }: FeatureInput): Float64Array {
  const latest = new Map(session && recentlySeen(user, now, now - session.start).map(({ itemId, at }) => [itemId, at]))
  return Float64Array.from(itemIds, (itemId) => latest.get(itemId) ?? Number.NaN)
}
