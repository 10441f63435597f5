import { basketOf, TOGETHER, takenOut } from '../accumulators/item-to-item.ts'
import { decayedValue } from '../state/decay.ts'
import { itemKey } from '../state/slots.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import { type CandidateRequest, highest, type ReadingSource } from './source.ts'

/** Items of the basket whose companions are wanted, beside the items on screen. */
const ANCHORS = 5

/** Returns the items on screen, then the basket items, latest first. What goes with several of them gains from each. */
export function basketAnchors({ anchorItemIds, user, now }: CandidateRequest): string[] {
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
