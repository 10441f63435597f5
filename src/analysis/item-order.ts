import type { AttributeValue } from '../rules/item-filter.ts'
import type { NumberFeature } from '../rules/rule-features.ts'

/** What items are put in order by; ties by id, missing last. */
export interface ItemOrder {
  readonly by: { readonly attribute: string } | { readonly feature: NumberFeature }
  readonly direction: 'ASC' | 'DESC'
}

/** Place of an item in an order. The item may have another value by now, or none. */
export interface Place {
  readonly itemId: string
  readonly value: AttributeValue | undefined
}

const TYPES = ['boolean', 'number', 'string']

/** Negative when `a` comes before `b`. By id where there is no order. */
export function comparePlaces(a: Place, b: Place, order: ItemOrder | undefined): number {
  return compareValues(a.value, b.value, order) || (a.itemId === b.itemId ? 0 : a.itemId < b.itemId ? -1 : 1)
}

/** Negative when `a` comes before `b`. Values of different types by type: false and true, then numbers, then texts; missing ones last. */
export function compareValues(a: Place['value'], b: Place['value'], order: ItemOrder | undefined): number {
  if (a === b) return 0
  if (a === undefined) return 1
  if (b === undefined) return -1
  const byType = typeof a === typeof b ? 0 : TYPES.indexOf(typeof a) - TYPES.indexOf(typeof b)
  const ascending = byType || (a < b ? -1 : 1)
  return order?.direction === 'DESC' ? -ascending : ascending
}
