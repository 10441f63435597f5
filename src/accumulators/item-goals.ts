import { decayedSum, itemKey, SHOP } from '../state/slots.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'
import { ATTRIBUTE_FIGURES, ITEM_FIGURES, PER_VIEW, plainRate, smoothedRate } from './decayed-figures.ts'
import { ACTIONS } from './event-meaning.ts'

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
