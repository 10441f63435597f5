import { ndcgOf, rankClicks } from './ranked-clicks.ts'

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
 * Judges the order of one shown list. MRR is 1 / the rank of the first clicked item. NDCG is over the whole list.
 * @param scores higher is better
 * @returns the measures in the order of `LIST_MEASURES`; undefined if all or none were clicked, because there is no order to judge
 */
export function withinSlate(scores: readonly number[], clicked: readonly boolean[]): number[] | undefined {
  const ranked = rankClicks(scores, clicked)
  if (!ranked) return undefined
  const { order, clicks } = ranked
  const first = order.findIndex((at) => clicked[at])
  const recallAt = (places: number) => order.slice(0, places).filter((at) => clicked[at]).length / clicks
  return [1 / (first + 1), ndcgOf(ranked, clicked, order.length), recallAt(1), recallAt(3)]
}
