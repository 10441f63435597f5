import { itemsByType, type TypesKnown } from '../accumulators/actions-by-type.ts'
import { boughtItems } from '../accumulators/buy-again.ts'
import type { ActedItem } from '../accumulators/event-meaning.ts'
import { TRENDING } from '../accumulators/item-activity.ts'
import { favouriteShares } from '../accumulators/user-favourites.ts'
import { recentlyLiked } from '../accumulators/user-item.ts'
import { attributeKey } from '../state/slots.ts'
import type { BuiltInReason, ReasonCode } from './built-in-reason.ts'
import { type CandidateRequest, highest, type ReadingSource } from './source.ts'

/** Values of each attribute whose top lists are asked. */
const VALUES = 2

/** Returns the user's favourite attribute values, with their shares of the user's actions. */
function favouriteValues({ user, now }: CandidateRequest, attributes: readonly string[]) {
  return attributes.flatMap((attribute) =>
    favouriteShares(user, attribute, now)
      .slice(0, VALUES)
      .map(({ key, value }) => ({ attribute, value: key, share: value })),
  )
}

/**
 * Makes the source of popular items among the user's favourite attribute values, such as categories or brands. The score is the
 * value's share of the user's actions, times the item's weight relative to the first item on the value's list.
 * @param attributes attributes that user_favourites and trending count
 */
export function favouritesSource(quota: number, attributes: readonly string[]): ReadingSource {
  return {
    name: 'favourites',
    quota,
    needs: {
      accumulators: {
        trending: attributes,
        ...Object.fromEntries(attributes.map((attribute) => [`user_favourite_${attribute}`, [attribute]])),
      },
    },
    reads: (request) => ({
      sets: favouriteValues(request, attributes).map(({ attribute, value }) => ({
        entity: attributeKey(attribute, value),
        set: TRENDING,
        limit: quota,
      })),
    }),
    candidates: (request, { sets }) => {
      const favourites = favouriteValues(request, attributes)
      const scores = new Map<string, number>()
      const broughtBy = new Map<string, string>()
      sets.forEach(({ members, scores: weights }, i) => {
        const { attribute, share } = favourites[i]
        members.forEach((itemId, at) => {
          const score = (share * weights[at]) / weights[0]
          if (score <= (scores.get(itemId) ?? 0)) return
          scores.set(itemId, score)
          broughtBy.set(itemId, attribute)
        })
      })
      const { itemIds, scores: ranked } = highest(scores, quota)
      return { itemIds, scores: ranked, reason: (at): BuiltInReason => ({ code: codeOf(broughtBy.get(itemIds[at])) }) }
    },
  }
}

function codeOf(attribute: string | undefined): ReasonCode {
  if (attribute === 'category') return 'FAVOURITE_CATEGORY'
  return attribute === 'brand' ? 'FAVOURITE_BRAND' : 'FAVOURITE'
}

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

/**
 * Makes the source of items that the user bought before this session, those bought most often first. The score is the decayed number of
 * purchases.
 * @param ttl time for which purchases are used, in ms
 */
export function buyAgainSource(quota: number, ttl: number): ReadingSource {
  return {
    name: 'buy_again',
    quota,
    needs: { accumulators: { buy_again: [] } },
    reads: () => ({}),
    candidates: ({ user, now, session }) => {
      const bought = boughtItems(user, now, ttl, session?.start)
      const best = highest(new Map(bought.map(({ itemId, decayed }) => [itemId, decayed])), quota)
      return { ...best, reason: (): BuiltInReason => ({ code: 'SEEN_BEFORE' }) }
    },
  }
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
