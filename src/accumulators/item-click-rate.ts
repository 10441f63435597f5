import { attributeKey, itemKey, SHOP } from '../state/slots.ts'
import type { Accumulator, Reduction } from './accumulator.ts'
import { ATTRIBUTE_FIGURES, addExposure, ITEM_FIGURES, shopClickRate } from './decayed-figures.ts'
import { POSITION_FEATURES, positionValue } from './position-click-rate.ts'
import { smoothedRate } from './smoothed-rate.ts'
import { impressionTime } from './user-item.ts'

function reduce({ meaning, facts, increments, time, user }: Reduction): void {
  if (meaning.role !== 'impression' && meaning.role !== 'click') return
  for (const { itemId, position, positionRate } of facts.items) {
    const exposedAt = meaning.role === 'click' ? impressionTime(user, itemId, time) : time
    addExposure(ITEM_FIGURES, increments, itemKey(itemId), meaning, exposedAt, positionRate)
    const places = [SHOP]
    if (position !== undefined) places.push(attributeKey('position', positionValue(facts.surface, position)))
    for (const place of places) {
      increments.seen(place, time)
      addExposure(ATTRIBUTE_FIGURES, increments, place, meaning, exposedAt, positionRate)
    }
  }
}

export const itemClickRate: Accumulator = {
  name: 'item_click_rate',
  entity: 'ITEM',
  description:
    'Clicks per impression of an item, of the shop and of each position. Clicks and impressions are decayed with a half-life of a week.',
  roles: ['impression', 'click'],
  expires: 'item',
  slots: [ITEM_FIGURES, ATTRIBUTE_FIGURES].flatMap(({ impressions7d, clicks7d, expectedClicks7d }) => [
    impressions7d,
    clicks7d,
    expectedClicks7d,
  ]),
  reduce,
  features: [
    {
      name: 'item_ctr_7d',
      entity: 'ITEM',
      description:
        'Click rate of the item, from clicks and impressions decayed with a half-life of a week, smoothed towards the rate of the whole shop',
      unit: 'clicks per impression',
      missing: 'while the shop has no impressions at all',
      monotone: 1,
      column: (input) => smoothedRate(input.items, ITEM_FIGURES.clicks7d, ITEM_FIGURES.impressions7d, shopClickRate(input)),
    },
    {
      name: 'item_coec_7d',
      entity: 'ITEM',
      description:
        'Clicks on the item, compared with an average item at the same positions: (C + 1)/(E + 1). C is the number of clicks on the item. E is the number of clicks that an average item would have got: each impression adds the click rate of its position to E. C and E are decayed with a half-life of a week. A value of 2 means about twice as many clicks as an average item',
      missing: 'when the item was never shown at a known position',
      monotone: 1,
      column: ({ items }) => {
        const clicks = items.decayed(ITEM_FIGURES.clicks7d)
        const expected = items.decayed(ITEM_FIGURES.expectedClicks7d)
        return (row) => (expected(row) > 0 ? (clicks(row) + 1) / (expected(row) + 1) : Number.NaN)
      },
    },
    ...POSITION_FEATURES,
  ],
}
