import { NEIGHBOURS, recentItems } from '../accumulators/item-to-item.ts'
import { decayedValue } from '../state/decay.ts'
import { itemKey } from '../state/slots.ts'
import { type CandidateRequest, highest, type ReadingSource } from './source.ts'

/** Weight of an anchor's neighbours, by how many distinct items ago the user acted on it. */
const RECENCY = 0.8

/** Items whose neighbours are wanted, the most telling first: the one on screen, then the user's latest. */
export function anchorsOf({ anchorItemId, user, now }: CandidateRequest, ttl: number): { itemId: string; at: number }[] {
  const recent = recentItems(user).filter(({ at, itemId }) => at >= now - ttl && itemId !== anchorItemId)
  return anchorItemId === undefined ? recent : [{ itemId: anchorItemId, at: now }, ...recent]
}

/** What others acted on close to the items that this user acted on. */
export function itemToItemSource(quota: number, ttl: number): ReadingSource {
  return {
    name: 'item_to_item',
    quota,
    reads: (request) => {
      const anchors = anchorsOf(request, ttl)
      return {
        sets: anchors.map(({ itemId }) => ({ entity: itemKey(itemId), set: NEIGHBOURS, limit: NEIGHBOURS.capacity })),
        strengths: anchors.map(({ itemId }) => itemId),
      }
    },
    candidates: (request, { sets, strengths }) => {
      const anchors = anchorsOf(request, ttl)
      const scores = new Map<string, number>()
      const best = new Map<string, { gain: number; anchor: number }>()
      sets.forEach(({ epoch, members, scores: raw }, a) => {
        const weight = RECENCY ** a / (strengths[a] + 1) ** 0.5
        members.forEach((itemId, at) => {
          const gain = weight * decayedValue(raw[at], epoch, request.now, NEIGHBOURS.halfLife)
          scores.set(itemId, (scores.get(itemId) ?? 0) + gain)
          const held = best.get(itemId)
          if (!held || gain > held.gain) best.set(itemId, { gain, anchor: a })
        })
      })
      const { itemIds, scores: ranked } = highest(scores, quota)
      return {
        itemIds,
        scores: ranked,
        reason: (at) => {
          const anchorItemId = anchors[best.get(itemIds[at])?.anchor ?? 0].itemId
          return { code: anchorItemId === request.anchorItemId ? 'SIMILAR_TO_THIS' : 'BECAUSE_YOU_VIEWED', anchorItemId }
        },
      }
    },
  }
}
