import type { Gathered } from '../../src/slate/gather-candidates.ts'
import type { NextItem } from '../learning/next-items.ts'
import { type ItemsLeftOut, perRowSet, type RowSet } from './row-sets.ts'

/** Number of candidates of each source that are looked at. */
const DEPTH = 100

/**
 * Counts how often the next item is among the first 100 candidates of each source, and among the candidates of all sources
 * together.
 */
export class SourceRecall {
  readonly #rows: Record<RowSet, number> = perRowSet(() => 0)
  readonly #found = new Map<string, Record<RowSet, number>>()

  judge({ itemIds, standings }: Gathered, { itemId }: NextItem, rowSets: readonly RowSet[], leftOut: ItemsLeftOut): void {
    const row = itemIds.indexOf(itemId)
    for (const rowSet of rowSets) {
      this.#rows[rowSet]++
      const without = leftOut[rowSet]
      if (without?.has(itemId)) continue
      this.#count('union', rowSet, row >= 0)
      for (const [source, { ranks }] of standings) {
        const rank = row < 0 || Number.isNaN(ranks[row]) ? Number.POSITIVE_INFINITY : ranks[row]
        const above = without && rank < Number.POSITIVE_INFINITY ? leftOutAbove(itemIds, ranks, rank, without) : 0
        this.#count(source, rowSet, rank - above <= DEPTH)
      }
    }
  }

  /** Returns recall as a share of the rows, by source, and for all sources together as `union`. */
  summary(rowSet: RowSet): Record<string, number> {
    return Object.fromEntries([...this.#found].map(([source, found]) => [source, found[rowSet] / this.#rows[rowSet]]))
  }

  #count(source: string, rowSet: RowSet, isFound: boolean): void {
    let found = this.#found.get(source)
    if (!found) {
      found = perRowSet(() => 0)
      this.#found.set(source, found)
    }
    if (isFound) found[rowSet]++
  }
}

function leftOutAbove(itemIds: readonly string[], ranks: Float64Array, rank: number, without: ReadonlySet<string>): number {
  return itemIds.filter((itemId, row) => ranks[row] < rank && without.has(itemId)).length
}
