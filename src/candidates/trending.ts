import { TRENDING } from '../accumulators/item-activity.ts'
import { sessionCategoryShares } from '../accumulators/session.ts'
import { favouriteShares } from '../accumulators/user-favourites.ts'
import { decayedValue } from '../state/decay.ts'
import { attributeKey, SHOP } from '../state/slots.ts'
import { DAY } from '../time-units.ts'
import type { BuiltInReason, ReasonCode } from './built-in-reason.ts'
import { type CandidateRequest, highest, type ReadingSource } from './source.ts'

/** Time after its first upload for which an item is new, in ms. */
export const NEW_FOR = 14 * DAY
/** Items that are looked at for some that the rules admit. */
const LOOKED_AT = 1000

/** Tells whether an item was added at most NEW_FOR before `now`. Both times are in ms since 1970. */
export function isNew(addedAt: number, now: number): boolean {
  return addedAt >= now - NEW_FOR
}

/** Makes the source of the items added to the catalogue last. Without this source, items without events are rarely proposed. */
export function newItemsSource(quota: number): ReadingSource {
  return {
    name: 'new',
    quota,
    reads: () => ({}),
    candidates: ({ catalogue, admits, now }) => {
      const itemIds: string[] = []
      let lookedAt = 0
      for (const { itemId, addedAt } of catalogue.newest()) {
        if (itemIds.length === quota || lookedAt++ === LOOKED_AT || !isNew(addedAt, now)) break
        if (admits(itemId)) itemIds.push(itemId)
      }
      return { itemIds, scores: itemIds.map((_, at) => 1 / (at + 1)), reason: (): BuiltInReason => ({ code: 'NEW' }) }
    },
  }
}

/** Categories whose top lists are asked beside that of the shop: the session's first, then the user's favourites. */
function categories({ user, session, now }: CandidateRequest): string[] {
  const ofSession = sessionCategoryShares(user, session).map(({ key }) => key)
  const favourite = favouriteShares(user, 'category', now).map(({ key }) => key)
  return [...new Set([...ofSession.slice(0, 2), ...favourite.slice(0, 2)])].slice(0, 3)
}

/** Makes the source of trending items: of the shop, of the surface, and of the categories that the user prefers. */
export function trendingSource(quota: number): ReadingSource {
  return {
    name: 'trending',
    quota,
    needs: { accumulators: { trending: ['category'], user_favourite_category: ['category'], session: [] } },
    reads: (request) => {
      const { surface } = request
      const entities = [SHOP, ...categories(request).map((value) => attributeKey('category', value))]
      if (surface !== undefined) entities.push(attributeKey('surface', surface))
      return { sets: entities.map((entity) => ({ entity, set: TRENDING, limit: quota })) }
    },
    candidates: (request, { sets }) => {
      const scores = new Map<string, number>()
      const codes = new Map<string, ReasonCode>()
      const lists = sets.map(({ epoch, latest, members, scores }) => {
        const decay = decayedValue(1, epoch, Math.max(latest, request.now), TRENDING.halfLife)
        return { members, values: scores.map((score) => score * decay) }
      })
      const [shop, ...others] = lists
      const part = others.length > 0 ? Math.ceil(quota / 2) : quota
      for (let at = 0; at < Math.min(part, shop?.members.length ?? 0); at++) scores.set(shop.members[at], shop.values[at])
      others.forEach(({ members, values }, list) => {
        const isOfSurface = request.surface !== undefined && list === others.length - 1
        const share = Math.ceil((quota - part) / others.length)
        let taken = 0
        for (let at = 0; at < members.length && taken < share; at++) {
          if (scores.has(members[at])) continue
          scores.set(members[at], values[at])
          codes.set(members[at], isOfSurface ? 'TRENDING_HERE' : 'TRENDING_FOR_YOU')
          taken++
        }
      })
      const { itemIds, scores: ranked } = highest(scores, quota)
      return {
        itemIds,
        scores: ranked,
        reason: (at): BuiltInReason => ({ code: codes.get(itemIds[at]) ?? 'TRENDING' }),
      }
    },
  }
}
