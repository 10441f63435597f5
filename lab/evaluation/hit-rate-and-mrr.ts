import { type BootstrapEstimate, ClusteredMeans } from './bootstrap.ts'
import type { RowSet } from './row-sets.ts'
import { PLACES, type RowTable, type Slice } from './row-table.ts'

/**
 * Measures of a ranking by the rank of the next item among the first 20: hit rate, mean reciprocal rank, and NDCG. Each is from
 * 0 to 1.
 */
export const MEASURES = ['hr20', 'mrr20', 'ndcg20'] as const
export type Measure = (typeof MEASURES)[number]
/** Bounds of a 95 % bootstrap interval. */
export type Interval = readonly [low: number, high: number]

/** Figures of one method: means over rows, with their 95 % intervals. */
export type MethodFigures = Readonly<Record<Measure, number>> & {
  readonly rows: number
  readonly intervals: Readonly<Record<Measure, Interval>>
}

/** Means of some methods over the very same rows. */
export class RowFigures {
  readonly #methods: readonly string[]
  readonly #means: ClusteredMeans

  constructor(methods: readonly string[], means: ClusteredMeans) {
    this.#methods = methods
    this.#means = means
  }

  /** @param columns of the table, by method; draws are of whole users */
  static of(table: RowTable, rowSet: RowSet, columns: ReadonlyMap<string, string>, slice?: Slice): RowFigures {
    const methods = [...columns.keys()]
    const means = new ClusteredMeans(methods.length * MEASURES.length)
    for (const { user, ranks } of table.read(rowSet, [...columns.values()], slice))
      means.add(
        user,
        ranks.flatMap((rank) => worthOf(rank, PLACES)),
      )
    return new RowFigures(methods, means)
  }

  get rows(): number {
    return this.#means.rows
  }

  /** Number of users that the rows belong to. */
  get users(): number {
    return this.#means.clusters
  }

  of(method: string): MethodFigures {
    const at = this.#methods.indexOf(method) * MEASURES.length
    return this.#figures((measure) => this.#means.mean(at + measure))
  }

  /** Returns the figures of the first method minus those of the second. The intervals come from paired draws. */
  difference(method: string, from: string): MethodFigures {
    const [a, b] = [method, from].map((name) => this.#methods.indexOf(name) * MEASURES.length)
    return this.#figures((measure) => this.#means.difference(a + measure, b + measure))
  }

  #figures(estimate: (measure: number) => BootstrapEstimate): MethodFigures {
    const [hr20, mrr20, ndcg20] = MEASURES.map((_, measure) => estimate(measure))
    const interval = ({ low, high }: BootstrapEstimate): Interval => [low, high]
    return {
      rows: this.rows,
      hr20: hr20.value,
      mrr20: mrr20.value,
      ndcg20: ndcg20.value,
      intervals: { hr20: interval(hr20), mrr20: interval(mrr20), ndcg20: interval(ndcg20) },
    }
  }
}

/**
 * Returns HR, MRR and NDCG of a row whose only relevant item has this rank, from 1. Rank 0 means that the item is not among the
 * judged places.
 * @param ndcgPlaces number of places that NDCG counts
 */
export function worthOf(rank: number, ndcgPlaces: number): number[] {
  return rank === 0 ? [0, 0, 0] : [1, 1 / rank, rank <= ndcgPlaces ? 1 / Math.log2(rank + 1) : 0]
}
