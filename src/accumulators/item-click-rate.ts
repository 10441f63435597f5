import { nameOfLife } from '../catalogue/item-lives.ts'
import { filterRows, insertRow, placeRow, type RecordOf, removeRow, type Table } from '../state/column-codec.ts'
import type { EventFacts, ItemFacts } from '../state/log-entry.ts'
import { attributeKey, itemKey, SHOP } from '../state/slots.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator, Column, Feature, Reduction } from './accumulator.ts'
import { ofValues } from './attribute-rates.ts'
import {
  ATTRIBUTE_FIGURES,
  addExposure,
  clickRates,
  clicksOverExpected,
  FOLLOWING,
  ITEM_FIGURES,
  NO_IMPRESSIONS,
  SHOP_CLICKS,
  shopClickRate,
  smoothedRate,
} from './decayed-figures.ts'
import type { EventMeaning, Exposure } from './event-meaning.ts'
import type { FeatureInput } from './feature-input.ts'

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
const UNCLICKED_SURFACES = tablePart('unclicked_surfaces', 1, { surface: 'text' })

const NONE: readonly Exposure[] = []

/**
 * Finds how an event counts in click rates, and keeps the user's unclicked impressions up to date. An impression counts for each of
 * its items. A click counts if it follows from an impression of its item, at most a day before it: the one at the place that the click
 * names, by its slate or its attributes, or else the latest one. One click at most follows from an impression.
 * @param facts without items that do not count
 */
function exposuresOf(user: UserValue, { role }: EventMeaning, facts: EventFacts, time: number): readonly Exposure[] {
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
function mergeUnclicked(into: UserValue, from: UserValue): void {
  const { surface: names } = from.get(UNCLICKED_SURFACES)
  const { item, surface, position, rated, at } = from.get(UNCLICKED)
  for (let row = item.length - 1; row >= 0; row--)
    remember(into, names[surface[row]], { item: item[row], position: position[row], rated: rated[row], at: at[row] })
}

/** No candidate has one before it is ranked: they are for analysts alone. */
function ofPosition(name: string, what: string, how: string, unit: string, read: (input: FeatureInput) => Column): Feature {
  return {
    name: `position_${name}`,
    entity: 'ATTRIBUTE',
    description: `${what} at one position of a surface, such as home#1 (the top of home), ${how}`,
    unit,
    missing: 'when nothing was shown at that position, and always in a model',
    ofValues: ofValues('position', read),
  }
}

/** Figures of each position of a surface. `itemClickRate` counts them, with those of the item. */
const POSITION_FEATURES: readonly Feature[] = [
  ofPosition(
    'impressions_7d',
    'Number of impressions',
    'decayed with a half-life of a week',
    'events',
    ({ attributeRows: { rows } }) => rows.decayed(ATTRIBUTE_FIGURES.impressions7d),
  ),
  ofPosition('clicks_7d', 'Number of clicks', 'decayed with a half-life of a week', 'events', ({ attributeRows: { rows } }) =>
    rows.decayed(ATTRIBUTE_FIGURES.clicks7d),
  ),
  ofPosition(
    'ctr_7d',
    'Click rate',
    `smoothed towards the rate of the whole shop. ${FOLLOWING}`,
    'clicks per impression',
    clickRates,
  ),
]

function reduce({ meaning, facts, increments, time, exposures }: Reduction): void {
  if (meaning.role === 'click') {
    for (const { position } of facts.items) {
      increments.seen(SHOP, time)
      increments.addDecayed(SHOP_CLICKS, SHOP, 1, time)
      if (position === undefined) continue
      const place = attributeKey('position', positionValue(facts.surface, position))
      increments.seen(place, time)
      increments.addDecayed(ATTRIBUTE_FIGURES.clicks7d, place, 1, time)
    }
  }
  for (const exposure of exposures) {
    addExposure(ITEM_FIGURES, increments, itemKey(exposure.item.itemId), exposure)
    for (const place of placesOf(exposure)) {
      increments.seen(place, time)
      addExposure(ATTRIBUTE_FIGURES, increments, place, exposure)
    }
  }
}

function placesOf({ surface, position }: Exposure): readonly string[] {
  return position === undefined ? [SHOP] : [SHOP, attributeKey('position', positionValue(surface, position))]
}

export const itemClickRate: Accumulator = {
  name: 'item_click_rate',
  entity: 'ITEM',
  description: `Clicks per impression of an item, of the shop and of each position. ${FOLLOWING}. Clicks and impressions are decayed with a half-life of a week.`,
  roles: ['impression', 'click'],
  expires: 'item',
  parts: [UNCLICKED, UNCLICKED_SURFACES],
  slots: [
    ...[ITEM_FIGURES, ATTRIBUTE_FIGURES].flatMap(({ impressions7d, shownClicks7d, expectedClicks7d, ratedClicks7d }) => [
      impressions7d,
      shownClicks7d,
      expectedClicks7d,
      ratedClicks7d,
    ]),
    ATTRIBUTE_FIGURES.clicks7d,
    SHOP_CLICKS,
  ],
  exposing: { find: exposuresOf, sum: ITEM_FIGURES.impressions7d },
  reduce,
  merge: mergeUnclicked,
  features: [
    {
      name: 'item_ctr_7d',
      entity: 'ITEM',
      description: `Click rate of the item, from clicks and impressions decayed with a half-life of a week, smoothed towards the rate of the whole shop. ${FOLLOWING}`,
      unit: 'clicks per impression',
      missing: NO_IMPRESSIONS,
      monotone: 1,
      column: (input) => smoothedRate(input.items, ITEM_FIGURES.shownClicks7d, ITEM_FIGURES.impressions7d, shopClickRate(input)),
    },
    {
      name: 'item_coec_7d',
      entity: 'ITEM',
      description:
        'Clicks on the item, compared with an average item at the same positions: (C + 1)/(E + 1). Each impression adds the click rate of its position to E, if this rate is known. C is the number of clicks within a day that followed from these impressions. C and E are decayed with a half-life of a week. 2 means about twice as many clicks as an average item',
      label: 'Clicks on the item, compared with other items at the same positions',
      missing: 'when the item was never shown at a position with a known click rate (always, if the shop reports no impressions)',
      monotone: 1,
      column: ({ items }) => clicksOverExpected(items, ITEM_FIGURES),
    },
    ...POSITION_FEATURES,
  ],
}

/** Returns the value of the attribute `position` for one position on a surface, such as `home#1`. */
export function positionValue(surface: string | undefined, position: number): string {
  return `${surface ?? ''}#${position}`
}
