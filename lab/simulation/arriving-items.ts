import type { Shop, SimulatedItem } from './shop.ts'

/** Maximum number of items in an upload. */
const ITEMS_PER_CALL = 500

/** Items of a shop that have yet to be uploaded, in the order in which they arrive. */
export class ArrivingItems {
  readonly #shop: Shop
  /** The next to arrive last. */
  readonly #toCome: SimulatedItem[]

  constructor(shop: Shop) {
    this.#shop = shop
    this.#toCome = [...shop.items].sort((left, right) => this.#arrivalOf(right) - this.#arrivalOf(left))
  }

  /**
   * Uploads the items that have arrived by a time, in ms since 1970. If an upload fails, its items stay, so that a later call uploads
   * them.
   */
  async upload(at: number, upload: (items: readonly SimulatedItem[]) => Promise<unknown>): Promise<void> {
    const hasArrived = (item: SimulatedItem | undefined) => item !== undefined && this.#arrivalOf(item) <= at
    while (hasArrived(this.#toCome.at(-1))) {
      const batch = this.#toCome.slice(-ITEMS_PER_CALL).filter(hasArrived)
      await upload(batch)
      this.#toCome.length -= batch.length
    }
  }

  #arrivalOf({ itemId }: SimulatedItem): number {
    return this.#shop.truthOf(itemId)!.arrivesAt
  }
}
