/** How far down a list is looked. */
export const CUTOFF = 20

/** HR@20 and MRR@20 over rows: whether the next item is among the first 20, and 1/rank or 0. */
export class HitRate {
  rows = 0
  #hits = 0
  #reciprocal = 0

  /** @param itemIds best first, distinct */
  judge(itemIds: readonly string[], next: string): void {
    this.rows++
    const at = itemIds.indexOf(next)
    if (at < 0 || at >= CUTOFF) return
    this.#hits++
    this.#reciprocal += 1 / (at + 1)
  }

  get hr20(): number {
    return this.#hits / this.rows
  }

  get mrr20(): number {
    return this.#reciprocal / this.rows
  }
}
