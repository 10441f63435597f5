import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { CompiledRules } from '../rules/compiled-rules.ts'
import { figuresOf } from '../rules/matching-items.ts'

/**
 * Multiplies each score by the factors of all boosts whose filters match its item.
 * @param scores scores of the candidates, one for each row of the input
 * @returns new scores; the same object if there are no boosts
 */
export function boostedScores(
  boosts: CompiledRules['boosts'],
  scores: ArrayLike<number>,
  input: FeatureInput,
  catalogue: Catalogue,
  accumulators: AccumulatorSet,
): ArrayLike<number> {
  if (boosts.length === 0) return scores
  const boosted = Float64Array.from(scores)
  for (const { filter, factor } of boosts) {
    const figures = figuresOf(filter, accumulators, input)
    for (let row = 0; row < boosted.length; row++) {
      const item = catalogue.numbered(input.numbers[row])
      if (item && filter.test(item, figures(row))) boosted[row] *= factor
    }
  }
  return boosted
}
