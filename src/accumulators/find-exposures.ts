import type { Table } from '../state/column-codec.ts'
import { filterRows, insertRow, placeRow, removeRow } from '../state/column-table.ts'
import type { EventFacts } from '../state/log/entry.ts'
import type { UserValue } from '../state/user-value.ts'
import { tablePart } from '../state/user-value-part.ts'
import { DAY } from '../time-units.ts'
import { KEPT_ITEMS } from './acted-item.ts'
import type { EventMeaning } from './event-meaning.ts'
import type { Exposure } from './exposure.ts'
import { placeOf, positionValue } from './position-value.ts'

/** Time after an impression in which a click can follow from it, in ms. */
const CLICK_WINDOW = DAY

const COLUMNS = { item: 'text', place: 'text', rated: 'count', at: 'time' } as const

/** Impressions of the last day that no click has followed, latest first: of each item the latest. */
export const UNCLICKED = tablePart('unclicked', 1, COLUMNS)

/**
 * Finds the impressions by which an event counts in click rates, and remembers or forgets them in the state of the user. An
 * impression counts by itself. A click counts by the latest impression of its item to the user within a day before it, unless a click
 * has already followed from that. So no rate has more clicks than impressions.
 * @param facts without items that do not count
 * @returns by item; none for an event of another role
 */
export function findExposures(
  user: UserValue,
  { role }: EventMeaning,
  { items, surface }: EventFacts,
  time: number,
): ReadonlyMap<string, Exposure> {
  if (role !== 'impression' && role !== 'click') return NONE
  const unclicked = user.get(UNCLICKED)
  const found = new Map<string, Exposure>()
  for (const { itemId, position, positionRate } of items) {
    if (role === 'click') {
      const exposure = takeClicked(unclicked, itemId, time)
      if (exposure) found.set(itemId, exposure)
      continue
    }
    const exposure = { at: time, surface, position, isRated: position !== undefined && positionRate !== undefined }
    remember(unclicked, itemId, exposure)
    found.set(itemId, exposure)
  }
  return found
}

const NONE: ReadonlyMap<string, Exposure> = new Map()

function remember(unclicked: Table<typeof COLUMNS>, itemId: string, { at, surface, position, isRated }: Exposure): void {
  const { item, at: times } = unclicked
  if (times.length > 0 && times[times.length - 1] < at - CLICK_WINDOW)
    filterRows(unclicked, item.length, (row) => times[row] >= at - CLICK_WINDOW)
  const held = item.indexOf(itemId)
  if (held >= 0) {
    if (times[held] > at) return
    removeRow(unclicked, held)
  }
  insertRow(unclicked, 0, { item: itemId, place: positionValue(surface, position ?? 0), rated: Number(isRated), at })
  placeRow(unclicked, 0, 'at')
  if (item.length > KEPT_ITEMS) removeRow(unclicked, item.length - 1)
}

/** Returns the impression from which a click follows, and forgets it, since one click at most follows from it. */
function takeClicked(unclicked: Table<typeof COLUMNS>, itemId: string, time: number): Exposure | undefined {
  const row = unclicked.item.indexOf(itemId)
  if (row < 0) return undefined
  const at = unclicked.at[row]
  if (at > time || at < time - CLICK_WINDOW) return undefined
  const { surface, position } = placeOf(unclicked.place[row])
  const isRated = unclicked.rated[row] === 1
  removeRow(unclicked, row)
  return { at, surface, position: position === 0 ? undefined : position, isRated }
}

/** Adds the impressions of another id of the same person. */
export function mergeUnclicked(into: UserValue, from: UserValue): void {
  const { item, place, rated, at } = from.get(UNCLICKED)
  for (let row = item.length - 1; row >= 0; row--) {
    const { surface, position } = placeOf(place[row])
    remember(into.get(UNCLICKED), item[row], { at: at[row], surface, position, isRated: rated[row] === 1 })
  }
}
