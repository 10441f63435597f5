import { attributeKey, itemKey, SHOP } from '../state/slots.ts'
import type { Accumulator, Reduction } from './accumulator.ts'
import {
  ATTRIBUTE_FIGURES,
  addExposure,
  clicksOverExpected,
  ITEM_FIGURES,
  NO_IMPRESSIONS,
  shopClickRate,
} from './decayed-figures.ts'
import { POSITION_FEATURES } from './position-click-rate.ts'
import { positionValue } from './position-value.ts'
import { smoothedRate } from './smoothed-rate.ts'

function reduce({ meaning, facts, increments, time, exposures }: Reduction): void {
  for (const { itemId, positionRate } of facts.items) {
    const exposure = exposures.get(itemId)
    if (!exposure) continue
    addExposure(ITEM_FIGURES, increments, itemKey(itemId), meaning, exposure, positionRate)
    const { surface, position } = exposure
    const places = [SHOP]
    if (position !== undefined) places.push(attributeKey('position', positionValue(surface, position)))
    for (const place of places) {
      increments.seen(place, time)
      addExposure(ATTRIBUTE_FIGURES, increments, place, meaning, exposure, positionRate)
    }
  }
}

export const itemClickRate: Accumulator = {
  name: 'item_click_rate',
  entity: 'ITEM',
  description:
    'Clicks per impression of an item, of the shop and of each position. A click counts if the item was shown to the user within a day before it, once for each time it was shown. Clicks and impressions are decayed with a half-life of a week.',
  roles: ['impression', 'click'],
  expires: 'item',
  slots: [ITEM_FIGURES, ATTRIBUTE_FIGURES].flatMap(({ impressions7d, clicks7d, expectedClicks7d, ratedClicks7d }) => [
    impressions7d,
    clicks7d,
    expectedClicks7d,
    ratedClicks7d,
  ]),
  reduce,
  features: [
    {
      name: 'item_ctr_7d',
      entity: 'ITEM',
      description:
        'Click rate of the item, from clicks and impressions decayed with a half-life of a week, smoothed towards the rate of the whole shop. A click counts if the item was shown to the same user within a day before it, once for each time it was shown',
      unit: 'clicks per impression',
      missing: NO_IMPRESSIONS,
      monotone: 1,
      column: (input) => smoothedRate(input.items, ITEM_FIGURES.clicks7d, ITEM_FIGURES.impressions7d, shopClickRate(input)),
    },
    {
      name: 'item_coec_7d',
      entity: 'ITEM',
      description:
        'Clicks on the item, compared with an average item at the same positions: (C + 1)/(E + 1). E is the number of clicks that an average item would have got: each impression at a known position adds the click rate of this position to E. C is the number of clicks that followed from these impressions. C and E are decayed with a half-life of a week. A value of 2 means about twice as many clicks as an average item',
      missing: 'when the item was never shown at a known position. So it is always missing in a shop that reports no impressions',
      monotone: 1,
      column: ({ items }) => clicksOverExpected(items, ITEM_FIGURES),
    },
    ...POSITION_FEATURES,
  ],
}
