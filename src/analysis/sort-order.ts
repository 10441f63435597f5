import type { AttributeValue } from '../rules/item-filter.ts'
import type { NumberFeature } from '../rules/rule-features.ts'
import type { Json } from '../state/user-value.ts'

/** Sort order of items or of users; ties by id, missing values last. */
export interface SortOrder {
  readonly by: { readonly attribute: string } | { readonly feature: NumberFeature }
  readonly direction: 'ASC' | 'DESC'
}

/** A place in a sort order. The item or user at this place may since have another value or none, or may not exist any more. */
export interface Place {
  readonly id: string
  readonly value: AttributeValue | undefined
}

const TYPES = ['boolean', 'number', 'string']

/** Compares two places; by id without an order. @returns a negative number if `a` comes before `b` */
export function comparePlaces(a: Place, b: Place, order: SortOrder | undefined): number {
  return compareValues(a.value, b.value, order?.direction) || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1)
}

/**
 * Compares two values. Values of different types are sorted by type: false, true, numbers, texts; missing values last.
 * @returns a negative number if `a` comes before `b`
 */
export function compareValues(a: Place['value'], b: Place['value'], direction: SortOrder['direction'] | undefined): number {
  if (a === b) return 0
  if (a === undefined) return 1
  if (b === undefined) return -1
  const byType = typeof a === typeof b ? 0 : TYPES.indexOf(typeof a) - TYPES.indexOf(typeof b)
  const ascending = byType || (a < b ? -1 : 1)
  return direction === 'DESC' ? -ascending : ascending
}

/** Returns the value by which an attribute sorts; undefined for a list or an object, which has no place among the others. */
export function sortableValue(value: Json | undefined): Place['value'] {
  return value === null || typeof value === 'object' ? undefined : value
}
