import type { FeatureInput } from '../accumulators/feature-input.ts'
import { ignoredItems } from '../accumulators/user-item.ts'
import type { Fading } from '../domain/domain.ts'

/**
 * Scores, times factor^(n · 2^(−age / half-life)) for an item that was shown n times since the user last acted on it, the last time `age`
 * ago.
 */
export function faded(scores: ArrayLike<number>, input: FeatureInput, fading: Fading | undefined): ArrayLike<number> {
  if (!fading) return scores
  const { user, now, expiry, itemIds } = input
  const ignored = new Map(ignoredItems(user, now, expiry.pair).map(({ itemId, ...times }) => [itemId, times]))
  if (ignored.size === 0) return scores
  return Float64Array.from(scores, (score, row) => {
    const { times, at } = ignored.get(itemIds[row]) ?? { times: 0, at: now }
    return score * fading.factor ** (times * 2 ** (-Math.max(0, now - at) / fading.halfLife))
  })
}
