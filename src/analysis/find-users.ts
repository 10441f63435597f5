import type { CompiledFilter } from '../rules/compiled-filter.ts'
import type { AttributeValue } from '../rules/item-filter.ts'
import type { NumberFeature } from '../rules/rule-features.ts'
import { compareValues } from './item-order.ts'
import type { Snapshots, UserSnapshot } from './snapshots.ts'

/** Sort order of users; ties by id, missing values last. */
export interface UserOrder {
  readonly by: { readonly attribute: string } | { readonly feature: NumberFeature }
  readonly direction: 'ASC' | 'DESC'
}

/** Place of a user in a sort order. The user may have another value by now, or be gone. */
export interface UserPlace {
  readonly userId: string
  readonly value: AttributeValue | undefined
}

/** Users of one snapshot that match a filter, in order. */
export interface FoundUsers {
  /** Time of the snapshot, in ms of the clock of features. */
  readonly asOf: number
  /** Whether there may be users that the snapshot lacks. */
  readonly isSampled: boolean
  readonly places: readonly UserPlace[]
}

/**
 * Finds the users of the current snapshot that match a filter, by id if no order is given.
 * @throws UnavailableError if the store does not answer
 */
export async function findUsers(
  snapshots: Snapshots,
  filter: CompiledFilter | undefined,
  order: UserOrder | undefined,
): Promise<FoundUsers> {
  const snapshot = await snapshots.users()
  const { asOf, isSampled, keys, columns, attributes } = snapshot
  const filtered = filter?.features.map((name) => columns.get(name))
  const valueAt = valuesOf(snapshot, order)
  const places: UserPlace[] = []
  keys.forEach((userId, row) => {
    if (filter && !filter.test({ attributes: attributes[row] }, (feature) => filtered?.[feature]?.[row] ?? Number.NaN)) return
    places.push({ userId, value: valueAt(row) })
  })
  return { asOf, isSampled, places: places.sort((a, b) => compareUsers(a, b, order)) }
}

/** @returns a negative number if `a` comes before `b` */
export function compareUsers(a: UserPlace, b: UserPlace, order: UserOrder | undefined): number {
  return compareValues(a.value, b.value, order?.direction) || (a.userId === b.userId ? 0 : a.userId < b.userId ? -1 : 1)
}

function valuesOf({ columns, attributes }: UserSnapshot, order: UserOrder | undefined): (row: number) => UserPlace['value'] {
  if (!order) return () => undefined
  if ('feature' in order.by) {
    const column = columns.get(order.by.feature.name)
    return (row) => (column && Number.isFinite(column[row]) ? column[row] : undefined)
  }
  const { attribute } = order.by
  return (row) => {
    const value = Object.hasOwn(attributes[row], attribute) ? attributes[row][attribute] : null
    return value === null || typeof value === 'object' ? undefined : value
  }
}
