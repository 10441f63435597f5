import { itemsByType, type TypesKnown } from '../accumulators/actions-by-type.ts'
import type { ActedItem } from '../accumulators/event-meaning.ts'
import { recentlyLiked } from '../accumulators/user-item.ts'
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
 * @param ttl time for which actions are used, in ms
 */
export function recentlySeenSource(quota: number, ttl: number): ReadingSource {
  return sourceOf(quota, ({ user, now }) => recentlyLiked(user, now, ttl))
}

/** Makes the source of the items of a history, latest first. */
export function historySource(quota: number, { types, until = [] }: History, known: TypesKnown): ReadingSource {
  return sourceOf(quota, ({ user, now }) => {
    const items = itemsByType(user, now, types, known)
    const over = new Map(itemsByType(user, now, until, known).map(({ itemId, at }) => [itemId, at]))
    return items.filter(({ itemId, at }) => at > (over.get(itemId) ?? Number.NEGATIVE_INFINITY))
  })
}

function sourceOf(quota: number, itemsOf: (request: CandidateRequest) => ActedItem[]): ReadingSource {
  return {
    name: 'recent',
    quota,
    needs: { accumulators: { user_item: [], actions_by_type: [] } },
    reads: () => ({}),
    candidates: (request) => {
      const recent = itemsOf(request).slice(0, quota)
      return {
        itemIds: recent.map(({ itemId }) => itemId),
        scores: recent.map((_, at) => 1 / (at + 1)),
        reason: (): BuiltInReason => ({ code: 'SEEN_BEFORE' }),
      }
    },
  }
}
