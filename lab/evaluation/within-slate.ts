/** Measures of the order of one shown list, each from 0 to 1. Recall at k: share of the clicked items that are among the first k. */
export const LIST_MEASURES = ['mrr', 'ndcg', 'recall1', 'recall3'] as const
export type ListMeasure = (typeof LIST_MEASURES)[number]

/** Column titles of tables. */
export const LIST_MEASURE_TITLES: Readonly<Record<ListMeasure, string>> = {
  mrr: 'MRR',
  ndcg: 'NDCG',
  recall1: 'recall at 1',
  recall3: 'recall at 3',
}

/**
 * Judges the order of one shown list. MRR is 1 / the rank of the first clicked item. NDCG is over the whole list, with gain 1 for a click
 * and discount 1 / log2(rank + 1). Of equal scores, those without a click come first.
 * @param scores higher is better
 * @returns the measures in the order of `LIST_MEASURES`; undefined if all or none were clicked, because there is no order to judge
 */
export function withinSlate(scores: readonly number[], clicked: readonly boolean[]): number[] | undefined {
  const clicks = clicked.filter(Boolean).length
  if (clicks === 0 || clicks === clicked.length) return undefined
  const order = scores.map((_, at) => at).sort((a, b) => scores[b] - scores[a] || Number(clicked[a]) - Number(clicked[b]))
  let first = 0
  let [gained, best] = [0, 0]
  const found = { 1: 0, 3: 0 }
  order.forEach((at, place) => {
    const discount = 1 / Math.log2(place + 2)
    if (place < clicks) best += discount
    if (!clicked[at]) return
    gained += discount
    if (first === 0) first = place + 1
    if (place < 1) found[1]++
    if (place < 3) found[3]++
  })
  return [1 / first, gained / best, found[1] / clicks, found[3] / clicks]
}
