import { weightedItems } from '../accumulators/candidate-features.ts'
import type { SummedNeighbours } from '../catalogue/neighbour-lists.ts'
import { highestRows } from '../state/rank-order.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import type { Candidates, ReadingSource } from './source.ts'

const NONE: Candidates = { itemIds: [], scores: [], reason: (): BuiltInReason => ({ code: 'BECAUSE_YOU_VIEWED' }) }

/**
 * Makes the source of uploaded neighbour lists. The score of a candidate is Σ w_i s_i over the items i on screen and in the user's
 * history, where s_i is the score of the candidate in the list of i, and w_i the weight of `weightedItems`. Items of earlier sessions
 * count too, so that the source also serves users without an open session.
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
      const { user, now, anchorItemIds } = request
      const items = weightedItems({ user, now, onScreen: anchorItemIds }, ttl, decay)
      const summed = lists.sum(items)
      const rows = highestAdmitted(summed, quota, request.admits)
      return {
        itemIds: rows.map((row) => summed.itemIds[row]),
        scores: rows.map((row) => summed.scores[row]),
        generatedAt,
        reason: (at): BuiltInReason => {
          const anchorItemId = items[summed.mostOf[rows[at]]].itemId
          return { code: anchorItemIds.includes(anchorItemId) ? 'SIMILAR_TO_THIS' : 'BECAUSE_YOU_VIEWED', anchorItemId }
        },
      }
    },
  }
}

/** Returns the rows of the best admitted items, best first. Asks about as few items as it can, since the rules are slow. */
function highestAdmitted({ itemIds, scores }: SummedNeighbours, quota: number, admits: (itemId: string) => boolean): number[] {
  for (let asked = 2 * quota; ; asked *= 2) {
    const best = highestRows(scores, asked, (a, b) => (itemIds[a] < itemIds[b] ? -1 : 1))
    const rows = Array.from(best).filter((row) => admits(itemIds[row]))
    if (rows.length >= quota || asked >= itemIds.length) return rows.slice(0, quota)
  }
}
