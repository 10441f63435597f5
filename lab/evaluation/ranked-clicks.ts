/** The order of a list, of which some items were clicked and others were not. */
export interface RankedClicks {
  /** Indices of the items, the highest score first. Of equal scores, those without a click come first. */
  readonly order: readonly number[]
  /** Number of clicked items. */
  readonly clicks: number
}

/**
 * Orders a list by its scores.
 * @param scores higher is better
 * @returns undefined if all or none were clicked, because there is no order to judge
 */
export function rankClicks(scores: readonly number[], clicked: readonly boolean[]): RankedClicks | undefined {
  const clicks = clicked.filter(Boolean).length
  if (clicks === 0 || clicks === clicked.length) return undefined
  const order = scores.map((_, at) => at).sort((a, b) => scores[b] - scores[a] || Number(clicked[a]) - Number(clicked[b]))
  return { order, clicks }
}

/** Returns the NDCG of the first `places` items, 0 to 1, with gain 1 for a click and discount 1 / log2(rank + 1). */
export function ndcgOf({ order, clicks }: RankedClicks, clicked: readonly boolean[], places: number): number {
  let [gained, best] = [0, 0]
  for (let place = 0; place < Math.min(places, order.length); place++) {
    const discount = 1 / Math.log2(place + 2)
    if (clicked[order[place]]) gained += discount
    if (place < clicks) best += discount
  }
  return gained / best
}
