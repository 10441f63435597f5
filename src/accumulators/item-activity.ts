import { attributeKey, decayedSum, itemKey, SHOP, type Slot, scoredSet, sum } from '../state/slots.ts'
import { DAY, HOUR } from '../time-units.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import { rankIn } from './candidate-features.ts'
import { valuesOf } from './counted-values.ts'
import {
  ATTRIBUTE_FIGURES,
  addConversion,
  addPopularity,
  HALF_LIVES,
  ITEM_FIGURES,
  PER_VIEW,
  PERIODS,
  plainRate,
  type SharedFigures,
  smoothedRate,
  trend,
} from './decayed-figures.ts'
import { ACTIONS, type EventRole } from './event-meaning.ts'

const UNSEEN = 'when no event on the item is known'

export const itemRecency: Accumulator = {
  name: 'item_recency',
  entity: 'ITEM',
  description: 'When an item was first and last seen in an event.',
  roles: [],
  expires: 'item',
  // Every row has the times, without a slot of an accumulator. But they are shared sums, to which an event over a limit adds nothing.
  slots: [],
  reduce: ({ facts, increments, time }) => {
    for (const { itemId } of facts.items) increments.seen(itemKey(itemId), time)
  },
  features: [
    {
      name: 'item_age_hours',
      entity: 'ITEM',
      description: 'Time since the first event on the item',
      unit: 'hours',
      missing: UNSEEN,
      column:
        ({ items }) =>
        (row) =>
          items.firstSeen(row) > 0 ? items.age(row) / HOUR : Number.NaN,
    },
    {
      name: 'item_idle_hours',
      entity: 'ITEM',
      description: 'Time since the latest event on the item',
      unit: 'hours',
      missing: UNSEEN,
      column:
        ({ items }) =>
        (row) =>
          items.lastSeen(row) > 0 ? (items.time(row) - items.lastSeen(row)) / HOUR : Number.NaN,
    },
  ],
}

const COUNTED: { role: EventRole; slot: Slot; what: string }[] = [
  { role: 'impression', slot: sum('item', 'impressions'), what: 'Number of impressions of the item' },
  { role: 'view', slot: sum('item', 'views'), what: 'Number of views of the item' },
  { role: 'click', slot: sum('item', 'clicks'), what: 'Number of clicks on the item' },
  { role: 'cart', slot: sum('item', 'carts'), what: 'Number of times that the item was put into a cart, or saved' },
  { role: 'purchase', slot: sum('item', 'purchases'), what: 'Number of purchases of the item' },
]

const SLOT_BY_ROLE = new Map(COUNTED.map(({ role, slot }) => [role, slot]))

export const itemCounts: Accumulator = {
  name: 'item_counts',
  entity: 'ITEM',
  description: 'Events of each kind on an item, in total.',
  roles: COUNTED.map(({ role }) => role),
  expires: 'item',
  slots: COUNTED.map(({ slot }) => slot),
  reduce: ({ meaning, facts, increments }) => {
    const slot = SLOT_BY_ROLE.get(meaning.role)
    if (slot) for (const { itemId } of facts.items) increments.add(slot, itemKey(itemId), 1)
  },
  features: COUNTED.map(
    ({ slot, what }): Feature => ({
      name: `item_${slot.name}`,
      entity: 'ITEM',
      description: what,
      unit: 'events',
      missing: 'never (0 without such events)',
      column: ({ items }) => items.sum(slot),
    }),
  ),
}

/**
 * Makes an accumulator that counts these event types per item. `eventCounts(['wishlist'])` gives `item_wishlist_7d`.
 * @param eventTypes event types whose names can be parts of feature names
 */
export function eventCounts(eventTypes: readonly string[]): Accumulator {
  const slots = new Map(eventTypes.map((type) => [type, decayedSum('item', `events_${type}`, 7 * DAY)]))
  return {
    name: 'event_counts',
    entity: 'ITEM',
    description: `Events on an item by type, decayed with a half-life of a week: ${eventTypes.join(', ')}.`,
    roles: [],
    expires: 'item',
    slots: [...slots.values()],
    reduce: ({ event, facts, increments, time }) => {
      const slot = slots.get(event.eventType)
      if (slot) for (const { itemId } of facts.items) increments.addDecayed(slot, itemKey(itemId), 1, time)
    },
    features: Array.from(slots, ([type, slot]) => ({
      name: `item_${type}_7d`,
      entity: 'ITEM',
      description: `Number of events of the type ${type} on the item, decayed with a half-life of a week`,
      unit: 'events',
      missing: 'never (0 without such events)',
      column: ({ items }) => items.decayed(slot),
    })),
  }
}

function popularity(window: keyof typeof HALF_LIVES, slot: Slot): Feature {
  return {
    name: `item_popularity_${window}`,
    entity: 'ITEM',
    description: `Sum of the event weights on the item, decayed with a half-life of ${HALF_LIVES[window]}`,
    label: `Interest in the item ${PERIODS[window]}`,
    unit: 'event weight',
    missing: 'never (0 without such events)',
    column: ({ items }) => items.decayed(slot),
  }
}

export const itemPopularity: Accumulator = {
  name: 'item_popularity',
  entity: 'ITEM',
  description: 'Sum of the event weights on an item, decayed with half-lives of an hour, a day and a week, and its trend.',
  roles: ACTIONS,
  expires: 'item',
  slots: [
    ...[ITEM_FIGURES, ATTRIBUTE_FIGURES].flatMap(({ popularity1h, popularity1d, popularity7d }) => [
      popularity1h,
      popularity1d,
      popularity7d,
    ]),
  ],
  reduce: ({ meaning, facts, increments, time }) => {
    if (meaning.weight <= 0) return
    for (const { itemId } of facts.items) addPopularity(ITEM_FIGURES, increments, itemKey(itemId), meaning.weight, time)
    if (facts.items.length > 0) {
      increments.seen(SHOP, time)
      addPopularity(ATTRIBUTE_FIGURES, increments, SHOP, meaning.weight * facts.items.length, time)
    }
  },
  features: [
    popularity('1h', ITEM_FIGURES.popularity1h),
    popularity('1d', ITEM_FIGURES.popularity1d),
    popularity('7d', ITEM_FIGURES.popularity7d),
    {
      name: 'item_trend_1h_7d',
      entity: 'ITEM',
      description:
        'Trend of the item minus the trend of the whole shop. Above 0: interest in the item rises more than in the whole shop. The formula of a trend is ln((a + 0.25)/(b + 0.25)). Here, a and b are the event weights that the item gets in an hour, on average. They are decayed with a half-life of an hour in a, and of a week in b',
      missing: 'when no event on the item is known',
      column: ({ items, attributeRows }) => {
        const { rows, shop } = attributeRows
        const ofShop = rows.firstSeen(shop) === 0 ? 0 : trend(rows, ATTRIBUTE_FIGURES)(shop)
        const ofItem = trend(items, ITEM_FIGURES)
        return (row) => (items.firstSeen(row) > 0 ? ofItem(row) - ofShop : Number.NaN)
      },
    },
  ],
}

/** Trending items with their decayed event weight: one list each for the shop, each surface, and each attribute value. */
export const TRENDING = scoredSet('attribute', 'trending', DAY, 400, 512)

/** Makes the accumulator of trending lists. @param attributes attributes whose values have lists of their own, such as category */
export function trending(...attributes: readonly string[]): Accumulator {
  return {
    name: 'trending',
    entity: 'SLATE',
    description: `Top lists by event weight, decayed with a half-life of a day: for the shop, each surface, and each ${attributes.join(', ')}.`,
    roles: ACTIONS,
    expires: 'item',
    attributes: Object.fromEntries(attributes.map((attribute) => [attribute, 'key' as const])),
    sets: [TRENDING],
    reduce: ({ meaning, facts, increments, time }) => {
      if (meaning.weight <= 0) return
      for (const { itemId, attributes: declared } of facts.items) {
        const lists = [SHOP]
        for (const attribute of attributes)
          for (const value of valuesOf(declared, attribute)) lists.push(attributeKey(attribute, value))
        if (facts.surface !== undefined) lists.push(attributeKey('surface', facts.surface))
        for (const list of lists) {
          increments.seen(list, time)
          increments.addToSet(TRENDING, list, itemId, meaning.weight, time)
        }
      }
    },
    features: [rankIn('trending', 'trending_rank')],
  }
}

function conversion(name: string, description: string, hits: (of: SharedFigures) => Slot): Feature {
  return {
    name,
    entity: 'ITEM',
    description: `${description}, smoothed towards the rate of the whole shop. ${PER_VIEW}`,
    unit: 'per view',
    missing: 'while the shop has no views',
    column: ({ items, attributeRows: { rows, shop } }) =>
      smoothedRate(
        items,
        hits(ITEM_FIGURES),
        ITEM_FIGURES.views7d,
        plainRate(rows, shop, hits(ATTRIBUTE_FIGURES), ATTRIBUTE_FIGURES.views7d),
      ),
  }
}

export const itemConversion: Accumulator = {
  name: 'item_conversion',
  entity: 'ITEM',
  description:
    'Additions to a cart, and purchases, per view of an item. All three are decayed with a half-life of a week; clicks count as views.',
  roles: ['view', 'click', 'cart', 'purchase'],
  expires: 'item',
  slots: [ITEM_FIGURES, ATTRIBUTE_FIGURES].flatMap(({ views7d, carts7d, purchases7d }) => [views7d, carts7d, purchases7d]),
  reduce: ({ meaning, facts, increments, time }) => {
    for (const { itemId } of facts.items) {
      addConversion(ITEM_FIGURES, increments, itemKey(itemId), meaning, time)
      addConversion(ATTRIBUTE_FIGURES, increments, SHOP, meaning, time)
    }
  },
  features: [
    conversion('item_cart_rate_7d', 'Additions to a cart per view of the item', ({ carts7d }) => carts7d),
    conversion('item_purchase_rate_7d', 'Purchases per view of the item', ({ purchases7d }) => purchases7d),
  ],
}

const OF_ITEM = decayedSum('item', 'goals', 7 * DAY)
const OF_SHOP = decayedSum('attribute', 'goals', 7 * DAY)

/** Keeps the rate of goals per view of an item, for goals of all event types. Needs `item_conversion`, which counts views. */
export const itemGoals: Accumulator = {
  name: 'item_goals',
  entity: 'ITEM',
  description: 'Goals per view of an item. Goals and views are decayed with a half-life of a week.',
  roles: ACTIONS,
  expires: 'item',
  slots: [OF_ITEM, OF_SHOP, ITEM_FIGURES.views7d, ATTRIBUTE_FIGURES.views7d],
  reduce: ({ meaning, facts, increments, time }) => {
    if (!meaning.goal) return
    for (const { itemId } of facts.items) {
      increments.addDecayed(OF_ITEM, itemKey(itemId), 1, time)
      increments.seen(SHOP, time)
      increments.addDecayed(OF_SHOP, SHOP, 1, time)
    }
  },
  features: [
    {
      name: 'item_goal_rate_7d',
      entity: 'ITEM',
      description: `Goals (events that the domain declares as a success) per view of the item, smoothed towards the rate of the whole shop. ${PER_VIEW}`,
      unit: 'per view',
      missing: 'while the shop has no views',
      column: ({ items, attributeRows: { rows, shop } }) =>
        smoothedRate(items, OF_ITEM, ITEM_FIGURES.views7d, plainRate(rows, shop, OF_SHOP, ATTRIBUTE_FIGURES.views7d)),
    },
  ],
}
