import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { SURE_LIFT } from '../accumulators/cohort-features.ts'
import type { FeatureInput, GivenStanding } from '../accumulators/feature-input.ts'
import { recentlyLiked } from '../accumulators/user-item.ts'
import { placesByScore } from '../state/rank-order.ts'

/** How much a place on each source's list counts in the rule. */
export const SOURCE_WEIGHTS: ReadonlyMap<string, number> = new Map([
  ['item_to_item', 1],
  ['two_hops', 1],
  ['offline', 0.8],
  ['trending', 0.4],
  ['recent', 0.3],
  ['buy_again', 1],
  ['favourites', 0.3],
  ['chosen_together', 0.6],
  ['embedding', 0.3],
  // Its items come in the order by people alike: what the source is most sure of is not what most people want.
  ['popular_in_cohort', 0.05],
  // Below whatever anyone has met.
  ['new', 0.05],
])
/** The same for sources that are not named. */
export const OTHER_SOURCE_WEIGHT = 0.5
/** Added to each place, so that the first places do not count too much more than the next. */
export const RANK_OFFSET = 10

/** Weights of trending items and of the order by people alike, where that order is known. It holds what is popular as well. */
const TRENDING_BESIDE_PEOPLE_ALIKE = 0.05
const PEOPLE_ALIKE = 0.7

/** As trending items are ordered, so that cohorts that say nothing change nothing. */
const POPULARITY = 'item_popularity_1d'

/** Slates without this source, such as those of the hold-out and of histories, have an order of their own. */
const COHORT_SOURCE = 'popular_in_cohort'

/**
 * Returns how much people who share attributes with the user are interested in each candidate: its popularity in the shop, times what
 * cohorts say. Without unit, 0 or more; only the order means something.
 * @returns undefined if cohorts say nothing about the user, or if the slate does not use them as a source
 */
export function interestOfPeopleAlike(input: FeatureInput, { features }: AccumulatorSet): Float64Array | undefined {
  if (!input.sources.has(COHORT_SOURCE)) return undefined
  const lift = features.get(SURE_LIFT)?.column?.(input)
  const popularity = features.get(POPULARITY)?.column?.(input)
  if (!lift || !popularity) return undefined
  const rows = input.itemIds.length
  const lifts = Float64Array.from({ length: rows }, (_, row) => lift(row))
  if (lifts.every(Number.isNaN)) return undefined
  return lifts.map((value, row) => popularity(row) * (Number.isNaN(value) ? 1 : Math.exp(value)))
}

/**
 * Scores candidates by reciprocal rank fusion (Cormack et al., 2009) of the sources' lists, weighted by source, and of the order by
 * people alike.
 */
export function scoresByRule(input: FeatureInput, accumulators: AccumulatorSet): Float64Array {
  const { sources } = input
  const rows = input.itemIds.length
  const interest = interestOfPeopleAlike(input, accumulators)
  const scores = new Float64Array(rows)
  for (const [name, { ranks }] of sources) {
    const weight =
      name === 'trending' && interest ? TRENDING_BESIDE_PEOPLE_ALIKE : (SOURCE_WEIGHTS.get(name) ?? OTHER_SOURCE_WEIGHT)
    for (let row = 0; row < rows; row++) if (!Number.isNaN(ranks[row])) scores[row] += weight / (RANK_OFFSET + ranks[row])
  }
  if (!interest) return scores
  const order = placesByScore(interest, rows, (a, b) => a - b)
  for (let place = 0; place < rows && interest[order[place]] > 0; place++)
    scores[order[place]] += PEOPLE_ALIKE / (RANK_OFFSET + place + 1)
  return scores
}

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
  const latest = new Map(session && recentlyLiked(user, now, now - session.start).map(({ itemId, at }) => [itemId, at]))
  return Float64Array.from(itemIds, (itemId) => latest.get(itemId) ?? Number.NaN)
}
