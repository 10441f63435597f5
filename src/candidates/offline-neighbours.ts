import { recentlySeen } from '../accumulators/user-item.ts'
import { highestRows } from '../state/rank-order.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import type { SummedNeighbours, WeightedItem } from './neighbour-lists.ts'
import type { CandidateRequest, Candidates, ReadingSource } from './source.ts'

const NONE: Candidates = { itemIds: [], scores: [], reason: (): BuiltInReason => ({ code: 'BECAUSE_YOU_VIEWED' }) }

/**
 * Makes the source of uploaded neighbour lists. The score of a candidate is Σ w_i s_i over the items i on screen and in the user's
 * history, where s_i is the score of the candidate in the list of i. The weight w_i is exp(−ago / decay) for an item after which the
 * user acted on `ago` other items, and 1 for items on screen. Items of earlier sessions count too, so that the source also serves users
 * without an open session.
 * @param ttl time for which actions are used, in ms
 */
export function offlineNeighboursSource(quota: number, ttl: number): ReadingSource {
  return {
    name: 'offline_neighbours',
    quota,
    needs: { accumulators: { user_item: [] } },
    reads: () => ({}),
    candidates: (request) => {
      const lists = request.neighbourLists
      if (!lists) return NONE
      const { decay, generatedAt } = lists.served
      const items = weightedItems(request, ttl, decay)
      const summed = lists.sum(items)
      const rows = highestAdmitted(summed, quota, request.admits)
      return {
        itemIds: rows.map((row) => summed.itemIds[row]),
        scores: rows.map((row) => summed.scores[row]),
        generatedAt,
        reason: (at): BuiltInReason => {
          const anchorItemId = items[summed.mostOf[rows[at]]].itemId
          return { code: request.anchorItemIds.includes(anchorItemId) ? 'SIMILAR_TO_THIS' : 'BECAUSE_YOU_VIEWED', anchorItemId }
        },
      }
    },
  }
}

function weightedItems({ anchorItemIds, user, now }: CandidateRequest, ttl: number, decay: number): WeightedItem[] {
  const onScreen = anchorItemIds.map((itemId) => ({ itemId, weight: 1 }))
  const history = recentlySeen(user, now, ttl).filter(({ itemId }) => !anchorItemIds.includes(itemId))
  return [...onScreen, ...history.map(({ itemId }, ago) => ({ itemId, weight: decay === 0 ? 1 : Math.exp(-ago / decay) }))]
}

/** Returns the rows of the best admitted items, best first. Asks about as few items as it can, since the rules are slow. */
function highestAdmitted({ itemIds, scores }: SummedNeighbours, quota: number, admits: (itemId: string) => boolean): number[] {
  for (let asked = 2 * quota; ; asked *= 2) {
    const best = highestRows(scores, asked, (a, b) => (itemIds[a] < itemIds[b] ? -1 : 1))
    const rows = Array.from(best).filter((row) => admits(itemIds[row]))
    if (rows.length >= quota || asked >= itemIds.length) return rows.slice(0, quota)
  }
}
