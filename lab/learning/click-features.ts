import type { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'

/**
 * Of these features, those from which clicks are learned where things are shown one by one. Left out is what says only who the user is and
 * what their session has come to: it is the same for all candidates of a moment, so it puts none of them above another, and yet clicks go
 * by it more than by anything that does.
 */
export function clickFeatures(names: readonly string[], { features }: AccumulatorSet): string[] {
  return names.filter((name) => !['USER', 'SESSION'].includes(features.get(name)!.entity))
}

/** By feature, whether the probability of a click can only rise (1) or only fall (-1) with it; the others are absent. */
export function monotoneFeatures(names: readonly string[], { features }: AccumulatorSet): Record<string, 1 | -1> {
  const found: Record<string, 1 | -1> = {}
  for (const name of names) {
    const { monotone } = features.get(name)!
    if (monotone !== undefined) found[name] = monotone
  }
  return found
}
