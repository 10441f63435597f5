import type { CompiledFilter } from '../rules/compiled-filter.ts'
import type { Snapshots, UserSnapshot } from './snapshots.ts'
import { comparePlaces, type Place, type SortOrder, sortableValue } from './sort-order.ts'

/** Users of one snapshot that match a filter, in order. */
export interface FoundUsers {
  /** Time of the snapshot, in ms of the clock of features. */
  readonly asOf: number
  /** Whether there may be users that the snapshot lacks. */
  readonly isSampled: boolean
  readonly places: readonly Place[]
}

/**
 * Finds the users of the current snapshot that match a filter, by id if no order is given.
 * @throws UnavailableError if the store does not answer
 */
export async function findUsers(
  snapshots: Snapshots,
  filter: CompiledFilter | undefined,
  order: SortOrder | undefined,
): Promise<FoundUsers> {
  const snapshot = await snapshots.users()
  const { asOf, isSampled, keys, columns, attributes } = snapshot
  const filtered = filter?.features.map((name) => columns.get(name))
  const valueAt = valuesOf(snapshot, order)
  const places: Place[] = []
  keys.forEach((userId, row) => {
    if (filter && !filter.test({ attributes: attributes[row] }, (feature) => filtered?.[feature]?.[row] ?? Number.NaN)) return
    places.push({ id: userId, value: valueAt(row) })
  })
  return { asOf, isSampled, places: places.sort((a, b) => comparePlaces(a, b, order)) }
}

function valuesOf({ columns, attributes }: UserSnapshot, order: SortOrder | undefined): (row: number) => Place['value'] {
  if (!order) return () => undefined
  if ('feature' in order.by) {
    const column = columns.get(order.by.feature.name)
    return (row) => (column && Number.isFinite(column[row]) ? column[row] : undefined)
  }
  const { attribute } = order.by
  return (row) => (Object.hasOwn(attributes[row], attribute) ? sortableValue(attributes[row][attribute]) : undefined)
}
