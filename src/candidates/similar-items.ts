import { basketOf, recentItems, TOGETHER, takenOut } from '../accumulators/item-to-item.ts'
import type { PairSums } from '../accumulators/pair-sums.ts'
import { sessionItems } from '../accumulators/session.ts'
import { decayedValue } from '../state/decay.ts'
import { itemKey } from '../state/slots.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import { type CandidateRequest, highest, highestOf, type ReadingSource } from './source.ts'

/** Weight of an anchor's neighbours, by how many distinct items ago the user acted on it. */
const RECENCY = 0.8

/** Returns the items whose neighbours become candidates, most relevant first: the items on screen, then the user's latest items. */
function anchorsOf({ anchorItemIds, user, now }: CandidateRequest, ttl: number): { itemId: string; at: number }[] {
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

/** Items of the basket whose companions are wanted, beside the items on screen. */
const ANCHORS = 5

/** Returns the items on screen, then the basket items, latest first. What goes with several of them gains from each. */
function basketAnchors({ anchorItemIds, user, now }: CandidateRequest): string[] {
  const basket = basketOf(user, now).filter((itemId) => !anchorItemIds.includes(itemId))
  return [...anchorItemIds, ...basket.slice(0, ANCHORS)]
}

/** Makes the source of items that other users put into the cart, or bought, together with the basket items. */
export function chosenTogetherSource(quota: number): ReadingSource {
  return {
    name: 'chosen_together',
    quota,
    needs: { accumulators: { chosen_together: [] } },
    reads: (request) => {
      const anchors = basketAnchors(request)
      return {
        sets: anchors.map((itemId) => ({ entity: itemKey(itemId), set: TOGETHER, limit: TOGETHER.capacity })),
        strengths: anchors,
      }
    },
    candidates: (request, { sets, strengths }) => {
      const anchors = basketAnchors(request)
      // What was taken out of the cart is no complement of the rest.
      const left = new Set([...anchors, ...takenOut(request.user, request.now)])
      const scores = new Map<string, number>()
      const best = new Map<string, { gain: number; anchorItemId: string }>()
      sets.forEach(({ epoch, latest, members, scores: raw }, a) => {
        members.forEach((itemId, at) => {
          if (left.has(itemId)) return
          // Many have a popular item in their basket: that they share it says less.
          const gain = decayedValue(raw[at], epoch, Math.max(latest, request.now), TOGETHER.halfLife) / (strengths[a] + 1) ** 0.5
          scores.set(itemId, (scores.get(itemId) ?? 0) + gain)
          if (gain > (best.get(itemId)?.gain ?? 0)) best.set(itemId, { gain, anchorItemId: anchors[a] })
        })
      })
      const { itemIds, scores: ranked } = highest(scores, quota)
      return {
        itemIds,
        scores: ranked,
        reason: (at): BuiltInReason => ({
          code: 'CHOSEN_TOGETHER',
          anchorItemId: best.get(itemIds[at])?.anchorItemId ?? anchors[0],
        }),
      }
    },
  }
}

/** Returns the items whose mean embedding is the search vector: the items on screen, then the session's items, latest first. */
function embeddingAnchors({ anchorItemIds, user, session }: CandidateRequest): string[] {
  return [...new Set([...anchorItemIds, ...sessionItems(user, session)])]
}

/** Makes the source of items with embeddings similar to those of the session's items. It also finds items without any events. */
export function embeddingSource(quota: number): ReadingSource {
  return {
    name: 'embedding',
    quota,
    needs: { accumulators: { session: [] }, embedding: true },
    reads: () => ({}),
    candidates: (request) => {
      const { vectors } = request.catalogue
      const anchors = embeddingAnchors(request)
      const direction = vectors.mean(anchors)
      const met = new Set(anchors)
      const { itemIds, cosines } = direction
        ? vectors.nearest(direction, quota, (itemId) => !met.has(itemId) && request.admits(itemId))
        : { itemIds: [], cosines: [] }
      return {
        itemIds,
        scores: cosines,
        reason: (at): BuiltInReason => ({ code: 'ALIKE', anchorItemId: nearestAnchor(request, itemIds[at]) }),
      }
    },
  }
}

/** Of the items whose direction is sought the one that is most like this item. */
function nearestAnchor(request: CandidateRequest, itemId: string): string {
  const { vectors } = request.catalogue
  const direction = vectors.mean([itemId])!
  let nearest = ''
  let largest = Number.NEGATIVE_INFINITY
  for (const anchor of embeddingAnchors(request)) {
    const cosine = vectors.cosine(direction, anchor)
    if (!(cosine > largest)) continue
    nearest = anchor
    largest = cosine
  }
  return nearest
}
