import type { CatalogueItem } from '../catalogue/catalogue.ts'
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
      for (const value of valuesOf(item, attribute)) {
        if ((counts.get(value) ?? 0) < limit) continue
        // A filter takes longer than a count: only where it decides.
        if (!selects || selects(item)) return false
        break
      }
    return true
  }

  add(item: CatalogueItem): void {
    for (const { attribute, selects, counts } of this.#counted) {
      if (selects && !selects(item)) continue
      for (const value of valuesOf(item, attribute)) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
  }
}

/** Returns the values of an attribute that `limitPer` counts: each distinct element of a list; none for an object. */
export function valuesOf({ attributes }: CatalogueItem, name: string): Iterable<Json> {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : null
  if (Array.isArray(value)) return new Set(value.filter((element) => element !== null && typeof element !== 'object'))
  return value === null || typeof value === 'object' ? [] : [value]
}
