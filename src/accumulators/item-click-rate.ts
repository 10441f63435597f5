import { attributeKey, itemKey, SHOP } from '../state/slots.ts'
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
import type { Exposure } from './exposure.ts'
import type { FeatureInput } from './feature-input.ts'
import { exposuresOf, mergeUnclicked, UNCLICKED, UNCLICKED_SURFACES } from './unclicked-impressions.ts'

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
