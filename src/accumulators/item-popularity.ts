import { itemKey, SHOP, type Slot } from '../state/slots.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import { ATTRIBUTE_FIGURES, addPopularity, HALF_LIVES, ITEM_FIGURES, PERIODS, trend } from './decayed-figures.ts'
import { ACTIONS } from './event-meaning.ts'

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
