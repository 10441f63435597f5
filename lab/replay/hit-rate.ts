import { worthOf } from '../evaluation/hit-rate-and-mrr.ts'
import { PLACES } from '../evaluation/row-table.ts'

/** HR@20 and MRR@20 of lists in the order of arrival, without intervals. `RowFigures` gives intervals for a table of rows. */
export class HitRate {
  rows = 0
  #hits = 0
  #reciprocal = 0

  /** @param itemIds best first, distinct */
  judge(itemIds: readonly string[], next: string): void {
    this.rows++
    const rank = itemIds.slice(0, PLACES).indexOf(next) + 1
    const [hit, reciprocal] = worthOf(rank, PLACES)
    this.#hits += hit
    this.#reciprocal += reciprocal
  }

  get hr20(): number {
    return this.#hits / this.rows
  }

  get mrr20(): number {
    return this.#reciprocal / this.rows
  }
}
