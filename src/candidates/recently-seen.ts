import { recentlySeen } from '../accumulators/user-item.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import type { ReadingSource } from './source.ts'

/** Makes the source of items that the user acted on before, latest first: users return to known items. */
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
        reason: (): BuiltInReason => ({ code: 'SEEN_BEFORE' }),
      }
    },
  }
}
