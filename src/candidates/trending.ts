import { TRENDING } from '../accumulators/item-activity.ts'
import { sessionCategoryShares } from '../accumulators/session.ts'
import { favouriteShares } from '../accumulators/user-favourites.ts'
import { decayedValue } from '../state/decay.ts'
import { attributeKey, SHOP } from '../state/slots.ts'
import type { BuiltInReason, ReasonCode } from './built-in-reason.ts'
import { type CandidateRequest, highest, type ReadingSource } from './source.ts'

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
