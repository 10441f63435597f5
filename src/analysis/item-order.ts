import type { AttributeValue } from '../rules/item-filter.ts'
import type { NumberFeature } from '../rules/rule-features.ts'

/** Sort order of items; ties by id, missing values last. */
export interface ItemOrder {
  readonly by: { readonly attribute: string } | { readonly feature: NumberFeature }
  readonly direction: 'ASC' | 'DESC'
}

/** Place of an item in a sort order. The item may have another value now, or none. */
export interface Place {
  readonly itemId: string
  readonly value: AttributeValue | undefined
}

const TYPES = ['boolean', 'number', 'string']

/** Compares two places; by id without an order. @returns a negative number if `a` comes before `b` */
export function comparePlaces(a: Place, b: Place, order: ItemOrder | undefined): number {
  return compareValues(a.value, b.value, order?.direction) || (a.itemId === b.itemId ? 0 : a.itemId < b.itemId ? -1 : 1)
}

/**
 * Compares two values. Values of different types are sorted by type: false, true, numbers, texts; missing values last.
 * @returns a negative number if `a` comes before `b`
 */
export function compareValues(a: Place['value'], b: Place['value'], direction: ItemOrder['direction'] | undefined): number {
  if (a === b) return 0
  if (a === undefined) return 1
  if (b === undefined) return -1
  const byType = typeof a === typeof b ? 0 : TYPES.indexOf(typeof a) - TYPES.indexOf(typeof b)
  const ascending = byType || (a < b ? -1 : 1)
  return direction === 'DESC' ? -ascending : ascending
}
