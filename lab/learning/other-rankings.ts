import type { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import type { FeatureInput } from '../../src/accumulators/feature-input.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { Ranker } from '../../src/ranking/model-ranker.ts'
import { rank } from '../../src/slate/rank.ts'

/** Name of the ranking by the model that comes with the package. */
export const SHIPPED_RANKING = 'shipped'
/** Popularity, by the time in which an event loses half of its weight. */
const POPULARITY = ['item_popularity_1h', 'item_popularity_1d', 'item_popularity_7d']
/** Sources whose own order is a ranking. */
const SOURCES = ['item_to_item', 'offline_neighbours']

type Scores = (input: FeatureInput) => Promise<ArrayLike<number>> | ArrayLike<number>

/**
 * Rankings of the candidates of a decision that a trained model should beat: the rule without a model, popularity, the order of
 * single sources, and the model that comes with the package.
 */
export class OtherRankings {
  /** Names, in the order of the columns. */
  readonly names: readonly string[]
  readonly #scores: readonly Scores[]

  /** @param shipped the model that comes with the package; undefined if it does not take part */
  constructor(domain: Domain, accumulators: AccumulatorSet, shipped: Ranker | undefined) {
    const byModel = (ranker: Ranker | undefined) => async (input: FeatureInput) =>
      (await rank(input, ranker, accumulators)).scores
    const named = new Map<string, Scores>([['rule', byModel(undefined)]])
    for (const name of POPULARITY) {
      const column = accumulators.features.get(name)?.column
      if (column) named.set(name, (input) => Float64Array.from(input.itemIds, rowsOf(column(input))))
    }
    for (const name of SOURCES)
      if (domain.sources.some((source) => source.name === name)) named.set(name, (input) => byPlace(input, name))
    if (shipped) named.set(SHIPPED_RANKING, byModel(shipped))
    this.names = [...named.keys()]
    this.#scores = [...named.values()]
  }

  /** Returns the scores, row-major, rows × `names`; NaN where a ranking does not place the item. */
  async of(input: FeatureInput): Promise<Float32Array> {
    const width = this.#scores.length
    const all = new Float32Array(input.itemIds.length * width)
    for (const [column, scoresOf] of this.#scores.entries()) {
      const scores = await scoresOf(input)
      for (let row = 0; row < scores.length; row++) all[row * width + column] = scores[row]
    }
    return all
  }
}

function rowsOf(value: (row: number) => number): (_: string, row: number) => number {
  return (_, row) => value(row)
}

function byPlace({ sources, itemIds }: FeatureInput, name: string): Float64Array {
  const ranks = sources.get(name)?.ranks
  return ranks ? ranks.map((rank) => -rank) : new Float64Array(itemIds.length).fill(Number.NaN)
}
