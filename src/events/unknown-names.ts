import { LRUCache } from 'lru-cache'

/** Names of each kind that are kept. */
export const MOST_NAMES = 100

/** Names in the events of this process that the service does not know, each once. The names that came last stay. */
export class UnknownNames {
  readonly #types = new LRUCache<string, true>({ max: MOST_NAMES })
  readonly #items = new LRUCache<string, true>({ max: MOST_NAMES })

  addType(eventType: string): void {
    this.#types.set(eventType, true)
  }

  addItem(itemId: string): void {
    this.#items.set(itemId, true)
  }

  /** Event types that the domain does not declare, latest first. */
  get types(): string[] {
    return [...this.#types.keys()]
  }

  /** Ids of items that were never uploaded, latest first. */
  get items(): string[] {
    return [...this.#items.keys()]
  }
}
