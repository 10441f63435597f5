import { nameOfLife } from '../catalogue/item-lives.ts'
import type { RecordOf, Table } from '../state/column-codec.ts'
import { filterRows, insertRow, placeRow, removeRow } from '../state/column-table.ts'
import type { EventFacts, ItemFacts } from '../state/log-entry.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { EventMeaning } from './event-meaning.ts'
import type { Exposure } from './exposure.ts'

/** Time after an impression in which a click can follow from it, in ms. */
const CLICK_WINDOW = DAY
/** Impressions that are kept, and surfaces that they may name. */
const [MOST, MOST_SURFACES] = [100, 16]

const COLUMNS = { item: 'text', surface: 'count', position: 'count', rated: 'count', at: 'time' } as const
type Unclicked = Table<typeof COLUMNS>
type Row = RecordOf<typeof COLUMNS>

/**
 * Counted impressions of the last day from which no click has followed, latest first: for each item and place, the latest one. An item
 * stands by its name in shared sums, so that no click on a later life of the item follows from an impression. A place is a surface, by
 * its row in `UNCLICKED_SURFACES`, and a position from 1, or 0 if it is not known.
 */
export const UNCLICKED = tablePart('unclicked', 1, COLUMNS)

/** Surfaces of `UNCLICKED`; the empty text for none. */
export const UNCLICKED_SURFACES = tablePart('unclicked_surfaces', 1, { surface: 'text' })

const NONE: readonly Exposure[] = []

/**
 * Finds how an event counts in click rates, and keeps the user's unclicked impressions up to date. An impression counts for each of
 * its items. A click counts if it follows from an impression of its item, at most a day before it: the one at the place that the click
 * names, by its slate or its attributes, or else the latest one. One click at most follows from an impression.
 * @param facts without items that do not count
 */
export function exposuresOf(user: UserValue, { role }: EventMeaning, facts: EventFacts, time: number): readonly Exposure[] {
  if (role !== 'impression' && role !== 'click') return NONE
  const unclicked = user.get(UNCLICKED)
  const { item: kept, at } = unclicked
  if (kept.length > 0 && at[kept.length - 1] < time - CLICK_WINDOW)
    filterRows(unclicked, kept.length, (row) => at[row] >= time - CLICK_WINDOW)
  const { surface } = facts
  const exposures: Exposure[] = []
  for (const item of facts.items) {
    if (role === 'click') {
      const clicked = takeClicked(user, item, surface, time)
      if (clicked) exposures.push(clicked)
      continue
    }
    const { position, positionRate } = item
    const isRated = positionRate !== undefined
    remember(user, surface, { item: nameOf(item), position: position ?? 0, rated: isRated ? 1 : 0, at: time })
    exposures.push({ isClick: false, item, at: time, surface, position, isRated })
  }
  return exposures
}

function nameOf({ itemId, life = 0 }: ItemFacts): string {
  return nameOfLife(itemId, life)
}

function remember(user: UserValue, surfaceName: string | undefined, shown: Omit<Row, 'surface'>): void {
  const unclicked = user.get(UNCLICKED)
  const surface = addSurface(user, surfaceName ?? '')
  const { item, at } = unclicked
  for (let held = item.indexOf(shown.item); held >= 0; held = item.indexOf(shown.item, held + 1)) {
    if (unclicked.surface[held] !== surface || unclicked.position[held] !== shown.position) continue
    if (at[held] > shown.at) return
    removeRow(unclicked, held)
    break
  }
  insertRow(unclicked, 0, { ...shown, surface })
  placeRow(unclicked, 0, 'at')
  if (item.length > MOST) removeRow(unclicked, item.length - 1)
}

/** Returns the row of a surface. If there is no room for another one, only the surfaces of the latest impressions stay. */
function addSurface(user: UserValue, name: string): number {
  const { surface: names } = user.get(UNCLICKED_SURFACES)
  const unclicked = user.get(UNCLICKED)
  const held = names.indexOf(name)
  if (held >= 0) return held
  if (names.length === MOST_SURFACES) {
    const kept = [...new Set(unclicked.surface.map((row) => names[row]))].slice(0, MOST_SURFACES - 1)
    filterRows(unclicked, unclicked.item.length, (row) => kept.includes(names[unclicked.surface[row]]))
    unclicked.surface.forEach((row, i) => {
      unclicked.surface[i] = kept.indexOf(names[row])
    })
    names.splice(0, names.length, ...kept)
  }
  return names.push(name) - 1
}

/** Removes the impression from which a click follows. @returns how the click counts; undefined if it follows from no impression */
function takeClicked(user: UserValue, item: ItemFacts, surface: string | undefined, time: number): Exposure | undefined {
  const unclicked = user.get(UNCLICKED)
  const { surface: names } = user.get(UNCLICKED_SURFACES)
  const found = findFollowed(unclicked, nameOf(item), names.indexOf(surface ?? ''), item.position, time)
  if (found < 0) return undefined
  const clicked: Exposure = {
    isClick: true,
    item,
    at: unclicked.at[found],
    surface: names[unclicked.surface[found]] || undefined,
    position: unclicked.position[found] || undefined,
    isRated: unclicked.rated[found] === 1,
  }
  removeRow(unclicked, found)
  return clicked
}

/** @param position that the click names; undefined if it names none @returns the row; -1 for none */
function findFollowed(unclicked: Unclicked, name: string, surface: number, position: number | undefined, time: number): number {
  const { item, at } = unclicked
  let found = -1
  for (let row = item.indexOf(name); row >= 0; row = item.indexOf(name, row + 1)) {
    if (at[row] > time || at[row] < time - CLICK_WINDOW) continue
    if (unclicked.position[row] === position && unclicked.surface[row] === surface) return row
    if (found < 0) found = row
  }
  return found
}

/** Adds the unclicked impressions of another id of the same person. */
export function mergeUnclicked(into: UserValue, from: UserValue): void {
  const { surface: names } = from.get(UNCLICKED_SURFACES)
  const { item, surface, position, rated, at } = from.get(UNCLICKED)
  for (let row = item.length - 1; row >= 0; row--)
    remember(into, names[surface[row]], { item: item[row], position: position[row], rated: rated[row], at: at[row] })
}
