/** What a method says about what comes next: some items in an order, the best first. */
export interface RankedItems {
  /** Returns the ids of the best items. @param most number of items at most @param without items to leave out */
  best(most: number, without?: ReadonlySet<string>): string[]
}

/** Items that a method brings in their order, best first. The ids are distinct. */
export class ListedItems implements RankedItems {
  readonly #itemIds: readonly string[]

  constructor(itemIds: readonly string[]) {
    this.#itemIds = itemIds
  }

  best(most: number, without?: ReadonlySet<string>): string[] {
    const found: string[] = []
    for (const itemId of this.#itemIds) {
      if (found.length === most) break
      if (!without?.has(itemId)) found.push(itemId)
    }
    return found
  }
}

/** Items with scores. Equal scores are in the order of the ids. */
export class ScoredItems implements RankedItems {
  readonly #items: ArrayLike<number>
  readonly #scores: ArrayLike<number>
  readonly #idOf: (item: number) => string

  /** @param items distinct numbers of items @param scores the score of each, at the same place @param idOf id by number */
  constructor(items: ArrayLike<number>, scores: ArrayLike<number>, idOf: (item: number) => string) {
    this.#items = items
    this.#scores = scores
    this.#idOf = idOf
  }

  /** Returns the score of each item by its id. */
  byId(): Map<string, number> {
    return new Map(Array.from(this.#items, (item, at) => [this.#idOf(item), this.#scores[at]]))
  }

  best(most: number, without?: ReadonlySet<string>): string[] {
    const ids: string[] = []
    const scores: number[] = []
    for (let at = 0; at < this.#items.length; at++) {
      const score = this.#scores[at]
      if (ids.length === most && score < scores[most - 1]) continue
      const id = this.#idOf(this.#items[at])
      if (without?.has(id)) continue
      let place = ids.length
      while (place > 0 && (scores[place - 1] < score || (scores[place - 1] === score && id < ids[place - 1]))) place--
      if (place === most) continue
      ids.splice(place, 0, id)
      scores.splice(place, 0, score)
      if (ids.length > most) {
        ids.pop()
        scores.pop()
      }
    }
    return ids
  }
}
