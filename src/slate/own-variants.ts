import { basketOf } from '../accumulators/chosen-together.ts'
import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import type { Json, UserValue } from '../state/user-value.ts'
import { valuesOf } from './limit-per.ts'

/** Variant groups of the items on screen, in the cart, or bought within a day. */
export class OwnVariants {
  readonly #attribute: string
  readonly #groups = new Set<Json>()
  readonly #atHand: ReadonlySet<string>

  /** @param attribute item attribute whose value the variants of one product share */
  constructor(
    catalogue: Catalogue,
    attribute: string,
    { user, now, anchorItemIds }: { readonly user: UserValue; readonly now: number; readonly anchorItemIds: readonly string[] },
  ) {
    this.#attribute = attribute
    this.#atHand = new Set([...basketOf(user, now), ...anchorItemIds])
    for (const itemId of this.#atHand) {
      const item = catalogue.get(itemId)
      if (item) for (const group of valuesOf(item, attribute)) this.#groups.add(group)
    }
  }

  /** Returns whether an item is a variant of one of these items. False for these items themselves. */
  has(item: CatalogueItem): boolean {
    if (this.#groups.size === 0 || this.#atHand.has(item.itemId)) return false
    for (const group of valuesOf(item, this.#attribute)) if (this.#groups.has(group)) return true
    return false
  }
}
