import { type ActedItem, actedItems } from '../accumulators/actions-by-type.ts'
import { recentlySeen } from '../accumulators/user-item.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import type { CandidateRequest, ReadingSource } from './source.ts'

/** Which of the user's items belong to a history. */
export interface History {
  /** Event types that bring an item into the history; absent: all types but impressions. */
  readonly types?: readonly string[]
  /** Event types that take an item out again, until an event of `types` follows. None if absent. */
  readonly until?: readonly string[]
}

/**
 * Makes the source of items that the user acted on before, latest first: users return to known items.
 * @param ttl time for which actions of any type are used, in ms
 * @param history of which items; of all if absent
 */
export function recentlySeenSource(quota: number, ttl: number, history: History = {}): ReadingSource {
  return {
    name: 'recent',
    quota,
    needs: { accumulators: { user_item: [], actions_by_type: [] } },
    reads: () => ({}),
    candidates: (request) => {
      const recent = historyItems(request, ttl, history).slice(0, quota)
      return {
        itemIds: recent.map(({ itemId }) => itemId),
        scores: recent.map((_, at) => 1 / (at + 1)),
        reason: (): BuiltInReason => ({ code: 'SEEN_BEFORE' }),
      }
    },
  }
}

function historyItems({ user, now }: CandidateRequest, ttl: number, { types, until = [] }: History): ActedItem[] {
  const items = types ? actedItems(user, new Set(types)) : recentlySeen(user, now, ttl)
  if (until.length === 0) return items
  const over = new Map(actedItems(user, new Set(until)).map(({ itemId, at }) => [itemId, at]))
  return items.filter(({ itemId, at }) => at > (over.get(itemId) ?? Number.NEGATIVE_INFINITY))
}
