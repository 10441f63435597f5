import type { FeatureInput } from '../accumulators/feature-input.ts'
import { ignoredItems } from '../accumulators/user-item.ts'
import type { Fading } from '../domain/domain.ts'

/**
 * Returns the scores after fading: times factor^(n · 2^(−age / half-life)). n is the number of impressions of the item since the
 * user last acted on it; age is the time since the last of them.
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
