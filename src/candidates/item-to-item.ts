import { recentItems } from '../accumulators/item-to-item.ts'
import type { PairSums } from '../accumulators/pair-sums.ts'
import { decayedValue } from '../state/decay.ts'
import { itemKey } from '../state/slots.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import { type CandidateRequest, highestOf, type ReadingSource } from './source.ts'

/** Weight of an anchor's neighbours, by how many distinct items ago the user acted on it. */
const RECENCY = 0.8

/** Returns the items whose neighbours become candidates, most relevant first: the items on screen, then the user's latest items. */
export function anchorsOf({ anchorItemIds, user, now }: CandidateRequest, ttl: number): { itemId: string; at: number }[] {
  const onScreen = anchorItemIds.map((itemId) => ({ itemId, at: now }))
  return [...onScreen, ...recentItems(user).filter(({ at, itemId }) => at >= now - ttl && !anchorItemIds.includes(itemId))]
}

/**
 * Returns the weight of what an anchor brings. All items on screen have the weight of a single one, so that what goes with several of
 * them gains from each: it is the better complement of a cart. The user's latest items follow as if one item were on screen.
 */
function weightOf(anchor: number, onScreen: number): number {
  return RECENCY ** (anchor < onScreen ? 0 : anchor - Math.max(0, onScreen - 1))
}

/** Makes the source of items that other users acted on close to this user's items. */
export function itemToItemSource(quota: number, ttl: number, { neighbours }: PairSums): ReadingSource {
  return {
    name: 'item_to_item',
    quota,
    needs: { accumulators: { item_to_item: [] } },
    reads: (request) => {
      const anchors = anchorsOf(request, ttl)
      return {
        sets: anchors.map(({ itemId }) => ({ entity: itemKey(itemId), set: neighbours, limit: neighbours.capacity })),
        strengths: anchors.map(({ itemId }) => itemId),
      }
    },
    candidates: (request, { sets, strengths }) => {
      const anchors = anchorsOf(request, ttl)
      const placeOf = new Map<string, number>()
      /** By place: the sum of what the anchors give it, the most that one gives, and which one does. */
      const scores: number[] = []
      const most: number[] = []
      const mostOf: number[] = []
      sets.forEach(({ epoch, latest, members, scores: raw }, a) => {
        const weight = weightOf(a, request.anchorItemIds.length) / (strengths[a] + 1) ** 0.5
        const decay = decayedValue(1, epoch, Math.max(latest, request.now), neighbours.halfLife)
        for (let at = 0; at < members.length; at++) {
          const gain = weight * (raw[at] * decay)
          const place = placeOf.get(members[at])
          if (place === undefined) {
            placeOf.set(members[at], scores.length)
            scores.push(gain)
            most.push(gain)
            mostOf.push(a)
            continue
          }
          scores[place] += gain
          if (gain <= most[place]) continue
          most[place] = gain
          mostOf[place] = a
        }
      })
      const { itemIds, scores: ranked } = highestOf([...placeOf.keys()], scores, quota)
      return {
        itemIds,
        scores: ranked,
        reason: (at): BuiltInReason => {
          const anchorItemId = anchors[mostOf[placeOf.get(itemIds[at]) ?? 0]].itemId
          return { code: request.anchorItemIds.includes(anchorItemId) ? 'SIMILAR_TO_THIS' : 'BECAUSE_YOU_VIEWED', anchorItemId }
        },
      }
    },
  }
}
