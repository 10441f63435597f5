import type { Feature } from '../accumulators/accumulator.ts'
import { type AccumulatorSet, featureMatrix } from '../accumulators/accumulator-set.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import type { Ranker } from '../ranking/model-ranker.ts'
import { placesByScore } from '../state/rank-order.ts'
import { FIRST_STAGE, firstStageScores, type LearnedChoices } from './first-stage.ts'
import { givenScoresByRule, scoresByRule } from './rank-by-rule.ts'

/** Input and output of a model for one slate. */
export interface Seen {
  readonly features: readonly string[]
  /** Feature values, row-major, rows × features; NaN if missing. */
  readonly matrix: Float32Array
  readonly scores: Float32Array
}

/** The scores of a slate's rows, and where they come from. */
export interface Ranked {
  /** Score by row. */
  readonly scores: ArrayLike<number>
  /** Name of the model, or `FIRST_STAGE`; undefined if the rule made the scores. */
  readonly model: string | undefined
  /** Input and output of the model; undefined if no model ranked. */
  readonly seen: Seen | undefined
}

/**
 * Scores the rows of the input: by the model, or, without a ranker, by the first stage, once it may rank, or by the rule. An order of given items that
 * means something decides more than all else (docs/lab-notes/shown-lists.md). So a model that does not know this order
 * does not rank them.
 * @param choices what the first stage has learned; undefined if it must not rank
 */
export async function rank(
  input: FeatureInput,
  ranker: Ranker | undefined,
  accumulators: AccumulatorSet,
  choices?: LearnedChoices,
): Promise<Ranked> {
  if (!ranker || input.itemIds.length === 0 || (input.given?.isOrdered && !ranker.features.includes('given_rank'))) {
    const learned = choices && firstStageScores(choices, input, accumulators)
    if (learned) return { scores: learned, model: FIRST_STAGE, seen: undefined }
    return { scores: scoresWithoutModel(input, accumulators), model: undefined, seen: undefined }
  }
  const { constants } = ranker
  const features = ranker.features.map((name) => constant(constants.get(name)) ?? accumulators.features.get(name) ?? MISSING)
  const matrix = featureMatrix(features, input)
  const scores = await ranker.score(matrix, input.itemIds.length)
  return { scores, model: ranker.name, seen: { features: ranker.features, matrix, scores } }
}

function scoresWithoutModel(input: FeatureInput, accumulators: AccumulatorSet): Float64Array {
  return input.given ? givenScoresByRule(input.given, input, accumulators) : scoresByRule(input, accumulators)
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
