/** Places that NDCG looks at. */
const PLACES = 10

/** Figures about the order of one user's impressions by a method, each from 0 to 1. */
export interface WithinUser {
  readonly ndcg10: number
  readonly auc: number
}

/**
 * Judges the order of one user's impressions. NDCG@10 has gain 1 for a click and discount 1 / log2(rank + 1); of equal scores,
 * those without a click come first. AUC is the share of pairs of a clicked and another impression that are in order; equal scores
 * count half.
 * @returns undefined if all or none were clicked, because there is no order to judge
 */
export function withinUser(scores: readonly number[], clicked: readonly boolean[]): WithinUser | undefined {
  const clicks = clicked.filter(Boolean).length
  if (clicks === 0 || clicks === clicked.length) return undefined
  const order = scores.map((_, at) => at).sort((a, b) => scores[b] - scores[a] || Number(clicked[a]) - Number(clicked[b]))
  let [gained, best] = [0, 0]
  for (let place = 0; place < Math.min(PLACES, order.length); place++) {
    const discount = 1 / Math.log2(place + 2)
    if (clicked[order[place]]) gained += discount
    if (place < clicks) best += discount
  }
  return { ndcg10: gained / best, auc: auc(scores, clicked, order, clicks) }
}

function auc(scores: readonly number[], clicked: readonly boolean[], order: readonly number[], clicks: number): number {
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
