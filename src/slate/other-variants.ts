import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import { valuesOf } from '../rules/attribute-values.ts'
import type { Json } from '../state/user-value.ts'

/** Variant groups of items of which a slate shows no other variant, such as the items on screen. */
export class OtherVariants {
  readonly #attribute: string
  readonly #groups = new Set<Json>()
  readonly #itemIds: ReadonlySet<string>

  /** @param attribute item attribute whose value the variants of one product share */
  constructor(catalogue: Catalogue, attribute: string, itemIds: Iterable<string>) {
    this.#attribute = attribute
    this.#itemIds = new Set(itemIds)
    for (const itemId of this.#itemIds) {
      const item = catalogue.get(itemId)
      if (item) for (const group of valuesOf(item.attributes, attribute)) this.#groups.add(group)
    }
  }

  /** Returns whether an item is a variant of one of these items. False for these items themselves. */
  has(item: CatalogueItem): boolean {
    if (this.#groups.size === 0 || this.#itemIds.has(item.itemId)) return false
    for (const group of valuesOf(item.attributes, this.#attribute)) if (this.#groups.has(group)) return true
    return false
  }
}
