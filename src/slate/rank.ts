import type { Feature } from '../accumulators/accumulator.ts'
import { type AccumulatorSet, featureMatrix } from '../accumulators/accumulator-set.ts'
import { SURE_LIFT } from '../accumulators/cohort-features.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import type { Ranker } from '../ranking/model-ranker.ts'
import { placesByScore } from '../state/rank-order.ts'
import { givenScoresByRule, scoresByRule } from './rank-by-rule.ts'

/** As trending items are ordered, so that cohorts that say nothing change nothing. */
const POPULARITY = 'item_popularity_1d'

/** Slates without this source, such as those of the hold-out and of histories, have an order of their own. */
const PEOPLE_ALIKE = 'popular_in_cohort'

/**
 * Returns how much people who share attributes with the user are interested in each candidate: its popularity in the shop, times what
 * cohorts say. Without unit, 0 or more; only the order means something.
 * @returns undefined if cohorts say nothing about the user, or if the slate does not use them as a source
 */
function interestOfPeopleAlike(input: FeatureInput, { features }: AccumulatorSet): Float64Array | undefined {
  if (!input.sources.has(PEOPLE_ALIKE)) return undefined
  const lift = features.get(SURE_LIFT)?.column?.(input)
  const popularity = features.get(POPULARITY)?.column?.(input)
  if (!lift || !popularity) return undefined
  const rows = input.itemIds.length
  const lifts = Float64Array.from({ length: rows }, (_, row) => lift(row))
  if (lifts.every(Number.isNaN)) return undefined
  return lifts.map((value, row) => popularity(row) * (Number.isNaN(value) ? 1 : Math.exp(value)))
}

/** Input and output of a model for one slate. */
export interface Seen {
  readonly features: readonly string[]
  /** Feature values, row-major, rows × features; NaN if missing. */
  readonly matrix: Float32Array
  readonly scores: Float32Array
}

/** The scores of a slate's rows, and where they come from. `model` is undefined if the rule without a model made them. */
export interface Ranked {
  /** Score by row. */
  readonly scores: ArrayLike<number>
  readonly model: string | undefined
  /** Input and output of the model; undefined if no model ranked. */
  readonly seen: Seen | undefined
}

/**
 * Scores the rows of the input: by the model, or, without a ranker, by the merged ranks of the sources. An order of given items that
 * means something decides more than all else (docs/lab-notes/shown-lists.md). So a model that does not know this order
 * does not rank them.
 */
export async function rank(input: FeatureInput, ranker: Ranker | undefined, accumulators: AccumulatorSet): Promise<Ranked> {
  if (!ranker || input.itemIds.length === 0 || (input.given?.isOrdered && !ranker.features.includes('given_rank')))
    return { scores: scoresWithoutModel(input, accumulators), model: undefined, seen: undefined }
  const { constants } = ranker
  const features = ranker.features.map((name) => constant(constants.get(name)) ?? accumulators.features.get(name) ?? MISSING)
  const matrix = featureMatrix(features, input)
  const scores = await ranker.score(matrix, input.itemIds.length)
  return { scores, model: ranker.name, seen: { features: ranker.features, matrix, scores } }
}

function scoresWithoutModel(input: FeatureInput, accumulators: AccumulatorSet): Float64Array {
  const { given, sources, itemIds } = input
  return given
    ? givenScoresByRule(given, input, accumulators)
    : scoresByRule(sources, itemIds.length, interestOfPeopleAlike(input, accumulators))
}

const MISSING: Pick<Feature, 'column'> = { column: () => () => Number.NaN }

/** The position of an impression is not known before ranking: a model that has it says what stands in for it, whatever else has that name. */
function constant(value: number | undefined): Pick<Feature, 'column'> | undefined {
  return value === undefined ? undefined : { column: () => () => value }
}

/** Returns the rows by score, highest first. Item ids break ties, so that the result does not depend on the order of reading. */
export function order(itemIds: readonly string[], scores: ArrayLike<number>): number[] {
  return [...placesByScore(new Float64Array(scores), scores.length, (a, b) => (itemIds[a] < itemIds[b] ? -1 : 1))]
}
