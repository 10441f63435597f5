/** Places that NDCG looks at. */
const PLACES = 10

/** One user's impressions as a method orders them. */
export interface WithinUser {
  readonly ndcg10: number
  readonly auc: number
}

/**
 * NDCG@10 with gain 1 for a click and discount 1 / log2(rank + 1), among equal scores what was not clicked first; and AUC, the share of
 * pairs of a clicked and another impression that are in order, equal scores counting half.
 * @returns undefined where all or none were clicked: then there is no order to judge
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
