import { ndcgOf, type RankedClicks, rankClicks } from './ranked-clicks.ts'

/** Places that NDCG looks at. */
const PLACES = 10

/** Figures about the order of one user's impressions by a method, each from 0 to 1. */
export interface WithinUser {
  readonly ndcg10: number
  readonly auc: number
}

/**
 * Judges the order of one user's impressions, by `ndcgOf`. AUC is the share of pairs of a clicked and another impression that are in order; equal scores
 * count half.
 * @returns undefined if all or none were clicked, because there is no order to judge
 */
export function withinUser(scores: readonly number[], clicked: readonly boolean[]): WithinUser | undefined {
  const ranked = rankClicks(scores, clicked)
  return ranked && { ndcg10: ndcgOf(ranked, clicked, PLACES), auc: auc(scores, clicked, ranked) }
}

function auc(scores: readonly number[], clicked: readonly boolean[], { order, clicks }: RankedClicks): number {
  let inOrder = 0
  let clickedAbove = 0
  for (let from = 0; from < order.length; ) {
    let to = from
    let clickedHere = 0
    while (to < order.length && scores[order[to]] === scores[order[from]]) if (clicked[order[to++]]) clickedHere++
    const others = to - from - clickedHere
    inOrder += others * (clickedAbove + clickedHere / 2)
    clickedAbove += clickedHere
    from = to
  }
  return inOrder / (clicks * (clicked.length - clicks))
}
