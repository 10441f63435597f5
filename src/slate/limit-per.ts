import type { CatalogueItem } from '../catalogue/catalogue.ts'
import { valuesOf } from '../rules/attribute-values.ts'
import type { Limit } from '../rules/compiled-rules.ts'
import type { Json } from '../state/user-value.ts'

/**
 * Counts the items of a slate per value of each limited attribute. Every element of a list counts. Items without the attribute, or
 * with an object as its value, are not limited.
 */
export class LimitPer {
  readonly #counted: readonly (Limit & { readonly counts: Map<Json, number> })[]

  constructor(limits: readonly Limit[]) {
    this.#counted = limits.map((limit) => ({ ...limit, counts: new Map() }))
  }

  fits(item: CatalogueItem): boolean {
    for (const { attribute, limit, selects, counts } of this.#counted)
      for (const value of valuesOf(item.attributes, attribute)) {
        if ((counts.get(value) ?? 0) < limit) continue
        // A filter takes longer than a count: only where it decides.
        if (!selects || selects(item)) return false
        break
      }
    return true
  }

  /** Counts an item, and returns true, if it fits. */
  take(item: CatalogueItem): boolean {
    if (!this.fits(item)) return false
    this.add(item)
    return true
  }

  add(item: CatalogueItem): void {
    for (const { attribute, selects, counts } of this.#counted) {
      if (selects && !selects(item)) continue
      for (const value of valuesOf(item.attributes, attribute)) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
  }
}

/** Returns the limits under which a slate has one item of each group of variants. @param variantGroup attribute of the groups, if there is one */
export function oneOfEach(variantGroup: string | undefined): readonly Limit[] {
  return variantGroup === undefined ? [] : [{ attribute: variantGroup, limit: 1 }]
}
