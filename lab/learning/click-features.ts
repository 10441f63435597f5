import type { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'

/**
 * Returns the features that a click model is trained on: those that differ between the candidates of a slate. Features of the
 * user or the session alone are left out. They put no candidate above another, and yet a click model would rely on them more than
 * on all others.
 */
export function clickFeatures(names: readonly string[], { features }: AccumulatorSet): string[] {
  return names.filter((name) => !['USER', 'SESSION'].includes(features.get(name)!.entity))
}

/**
 * Returns the directions in which the click probability may change with a feature, by name: 1 up only, -1 down only. Features
 * that may change it in both directions are absent.
 */
export function monotoneFeatures(names: readonly string[], { features }: AccumulatorSet): Record<string, 1 | -1> {
  const found: Record<string, 1 | -1> = {}
  for (const name of names) {
    const { monotone } = features.get(name)!
    if (monotone !== undefined) found[name] = monotone
  }
  return found
}
