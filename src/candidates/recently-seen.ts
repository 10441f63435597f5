import { recentlySeen } from '../accumulators/user-item.ts'
import type { ReadingSource } from './source.ts'

/** What the user looked at before, latest first: people return to what they know. */
export function recentlySeenSource(quota: number, ttl: number): ReadingSource {
  return {
    name: 'recent',
    quota,
    needs: { accumulators: { user_item: [] } },
    reads: () => ({}),
    candidates: ({ user, now }) => {
      const recent = recentlySeen(user, now, ttl).slice(0, quota)
      return {
        itemIds: recent.map(({ itemId }) => itemId),
        scores: recent.map((_, at) => 1 / (at + 1)),
        reason: () => ({ code: 'SEEN_BEFORE' }),
      }
    },
  }
}
