import type { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { Ranker } from '../../src/ranking/model-ranker.ts'
import type { CandidateSet } from '../../src/slate/candidates-to-rank.ts'
import { rank } from '../../src/slate/rank.ts'

/** Names of the rankings by other models: the one that comes with the package, and one that a person or the service wants to replace. */
export type ModelRanking = 'shipped' | 'compared'
/** Popularity, by the time in which an event loses half of its weight. */
const POPULARITY = ['item_popularity_1h', 'item_popularity_1d', 'item_popularity_7d']

type Scores = (set: CandidateSet) => Promise<ArrayLike<number>> | ArrayLike<number>

/**
 * Rankings of the candidates of a decision that a trained model should beat: the first stage, as far as it has learned, the rule,
 * popularity, the order of each single source, and other models.
 */
export class OtherRankings {
  /** Names, in the order of the columns. */
  readonly names: readonly string[]
  readonly #scores: readonly Scores[]

  /** @param models other models, by the names of their rankings */
  constructor(domain: Domain, accumulators: AccumulatorSet, models: ReadonlyMap<ModelRanking, Ranker>) {
    const byModel =
      (ranker: Ranker | undefined, learnsChoices?: true) =>
      async ({ input, choices }: CandidateSet) =>
        (await rank(input, ranker, accumulators, learnsChoices && choices)).scores
    const named = new Map<string, Scores>([
      ['first_stage', byModel(undefined, true)],
      ['rule', byModel(undefined)],
    ])
    for (const name of POPULARITY) {
      const column = accumulators.features.get(name)?.column
      if (column) named.set(name, ({ input }) => Float64Array.from(input.itemIds, rowsOf(column(input))))
    }
    for (const { name } of domain.sources) named.set(name, (set) => byPlace(set, name))
    for (const [name, ranker] of models) named.set(name, byModel(ranker))
    this.names = [...named.keys()]
    this.#scores = [...named.values()]
  }

  /** Returns the scores, row-major, rows × `names`; NaN where a ranking does not place the item. */
  async of(set: CandidateSet): Promise<Float32Array> {
    const width = this.#scores.length
    const all = new Float32Array(set.input.itemIds.length * width)
    for (const [column, scoresOf] of this.#scores.entries()) {
      const scores = await scoresOf(set)
      for (let row = 0; row < scores.length; row++) all[row * width + column] = scores[row]
    }
    return all
  }
}

function rowsOf(value: (row: number) => number): (_: string, row: number) => number {
  return (_, row) => value(row)
}

function byPlace({ input: { sources, itemIds } }: CandidateSet, name: string): Float64Array {
  const ranks = sources.get(name)?.ranks
  return ranks ? ranks.map((rank) => -rank) : new Float64Array(itemIds.length).fill(Number.NaN)
}
