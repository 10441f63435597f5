import type { RankedItems } from './ranked-items.ts'

/**
 * The items that a log has named so far. Each item is known from its first event on. Every method ranks all known items: the
 * items that it does not score follow those that it scores, the newest first. The service fills a short slate in the same way.
 */
export class KnownItems {
  readonly #itemIds: string[] = []
  readonly #times: number[] = []
  readonly #actions = new Map<string, number>()
  #total = 0

  /** @param time ms, not before that of any other */
  act(itemId: string, time: number): void {
    const actions = this.#actions.get(itemId) ?? 0
    if (actions === 0) {
      this.#itemIds.push(itemId)
      this.#times.push(time)
    }
    this.#actions.set(itemId, actions + 1)
    this.#total++
  }

  get size(): number {
    return this.#itemIds.length
  }

  /** Returns the number of actions on an item so far. */
  actionsOn(itemId: string): number {
    return this.#actions.get(itemId) ?? 0
  }

  /** Mean number of actions on an item so far. */
  get meanActions(): number {
    return this.#total / this.#itemIds.length
  }

  /** Items that were known at this time, in ms. */
  knownAt(time: number): number {
    let low = 0
    let high = this.#times.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#times[middle] <= time) low = middle + 1
      else high = middle
    }
    return low
  }

  /**
   * The first places of the whole ranking.
   * @param known how many items are known, by age @param without items that are not ranked
   */
  ranking(scored: RankedItems, known: number, places: number, without?: ReadonlySet<string>): string[] {
    const ranked = scored.best(places, without)
    const held = new Set(ranked)
    for (let at = known - 1; at >= 0 && ranked.length < places; at--) {
      const itemId = this.#itemIds[at]
      if (!held.has(itemId) && !without?.has(itemId)) ranked.push(itemId)
    }
    return ranked
  }
}
