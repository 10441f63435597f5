import type { CatalogueItem } from '../catalogue/catalogue.ts'
import type { Json } from '../state/user-value.ts'

/**
 * How many items of a slate have each value of the attributes that are limited. Every element of a list counts; an item without the
 * attribute, or with an object, is not limited by it.
 */
export class Caps {
  readonly #limits: ReadonlyMap<string, number>
  readonly #counts = new Map<string, Map<Json, number>>()

  /** @param limits by attribute, the most that one of its values may have */
  constructor(limits: ReadonlyMap<string, number>) {
    this.#limits = limits
    for (const attribute of limits.keys()) this.#counts.set(attribute, new Map())
  }

  fits(item: CatalogueItem): boolean {
    for (const [attribute, limit] of this.#limits) {
      const counts = this.#counts.get(attribute)!
      for (const value of valuesOf(item, attribute)) if ((counts.get(value) ?? 0) >= limit) return false
    }
    return true
  }

  add(item: CatalogueItem): void {
    for (const [attribute, counts] of this.#counts)
      for (const value of valuesOf(item, attribute)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
}

/** Values of an attribute that are counted: every element of a list, each once; none of an object. */
export function valuesOf({ attributes }: CatalogueItem, name: string): Iterable<Json> {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : null
  if (Array.isArray(value)) return new Set(value.filter((element) => element !== null && typeof element !== 'object'))
  return value === null || typeof value === 'object' ? [] : [value]
}
