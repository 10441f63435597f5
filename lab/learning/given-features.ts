import type { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import type { GivenOrder } from './given-order.ts'
import type { GradedSlate } from './graded-slates.ts'
import type { SlateSample } from './slate-sample.ts'

/** A sample of the slates of a log. */
interface Sampled {
  readonly slates: SlateSample
  readonly givenOrder: GivenOrder
}

/** Share of what was shown that must have a position for it to be a feature. */
const POSITIONED = 0.5

/** Position that stands for every position of a list that serving gets; serving itself gives it to all candidates. */
const TOP = 1

/**
 * Returns the chosen features, and those of given lists if slates of these logs were made from such lists: without them, a model
 * could not follow the order of a search engine.
 */
export function withGivenFeatures(names: readonly string[], sampled: readonly Sampled[], { features }: AccumulatorSet): string[] {
  const given = new Set<string>()
  for (const { slates, givenOrder } of sampled) {
    for (const { surface, givenFeatures } of slates.byDecision.values()) {
      for (const name of givenFeatures) given.add(name)
      if (givenOrder.has(surface)) given.add('given_rank')
    }
  }
  return [...names, ...[...given].sort().filter((name) => features.has(name) && !names.includes(name))]
}

/**
 * Tells whether at least half of the items shown in a log have a position that serving does not know. Items of lists that serving
 * gets do not count.
 */
export function hasPositions({ slates, givenOrder }: Sampled): boolean {
  let shown = 0
  let positioned = 0
  for (const { surface, items } of slates.byDecision.values()) {
    if (givenOrder.has(surface)) continue
    shown += items.length
    for (const { position } of items) if (position !== undefined) positioned++
  }
  return shown > 0 && positioned >= shown * POSITIONED
}

/**
 * Returns the values of the feature `position` of the items of a slate. In a list that serving gets, the position is the feature
 * `given_rank`. So `position` has the value there that it has in serving, or a model could learn it in place of `given_rank`.
 */
export function positionsOf(
  { surface, items }: Pick<GradedSlate, 'surface' | 'items'>,
  givenOrder: GivenOrder,
): (number | undefined)[] {
  return items.map(({ position }) => (givenOrder.has(surface) ? TOP : position))
}
