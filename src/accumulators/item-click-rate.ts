import { attributeKey, itemKey, SHOP } from '../state/slots.ts'
import type { Accumulator, Column, Feature, Reduction } from './accumulator.ts'
import { ofValues } from './attribute-rates.ts'
import { ATTRIBUTE_FIGURES, addExposure, ITEM_FIGURES, shopClickRate, smoothedRate } from './decayed-figures.ts'
import type { FeatureInput } from './feature-input.ts'
import { impressionTime } from './user-item.ts'

/** Returns the value of the attribute `position` for one position on a surface. */
export function positionValue(surface: string | undefined, position: number): string {
  return `${surface ?? ''}#${position}`
}

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

/** Figures of a position. No candidate has one before it is ranked: they are for analysts alone. */
function ofPosition(name: string, what: string, how: string, unit: string, read: (input: FeatureInput) => Column): Feature {
  return {
    name: `position_${name}`,
    entity: 'ATTRIBUTE',
    description: `${what} at a position of a surface, such as home#1, ${how}`,
    unit,
    missing: 'when nothing was shown at that position; always for an item',
    ofValues: ofValues('position', read),
  }
}

export const itemClickRate: Accumulator = {
  name: 'item_click_rate',
  entity: 'ITEM',
  description: 'Clicks over impressions of an item, of the shop and of each position, decayed with a half-life of a week.',
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
      description: 'Click rate of the item, smoothed towards that of the whole shop',
      unit: 'clicks per impression',
      missing: 'while the shop has no impressions at all',
      monotone: 1,
      column: (input) => smoothedRate(input.items, ITEM_FIGURES.clicks7d, ITEM_FIGURES.impressions7d, shopClickRate(input)),
    },
    {
      name: 'item_coec_7d',
      entity: 'ITEM',
      description:
        'Clicks over expected clicks, (C + 1)/(E + 1). Each impression adds the click rate of its position and surface to E. Without randomised traffic, E also reflects the quality of items',
      missing: 'when the item was never shown at a known position',
      monotone: 1,
      column: ({ items }) => {
        const clicks = items.decayed(ITEM_FIGURES.clicks7d)
        const expected = items.decayed(ITEM_FIGURES.expectedClicks7d)
        return (row) => (expected(row) > 0 ? (clicks(row) + 1) / (expected(row) + 1) : Number.NaN)
      },
    },
    ofPosition('impressions_7d', 'Impressions', 'decayed with a half-life of a week', 'events', ({ attributeRows: { rows } }) =>
      rows.decayed(ATTRIBUTE_FIGURES.impressions7d),
    ),
    ofPosition('clicks_7d', 'Clicks', 'decayed with a half-life of a week', 'events', ({ attributeRows: { rows } }) =>
      rows.decayed(ATTRIBUTE_FIGURES.clicks7d),
    ),
    ofPosition('ctr_7d', 'Click rate', 'smoothed towards that of the whole shop', 'clicks per impression', (input) =>
      smoothedRate(input.attributeRows.rows, ATTRIBUTE_FIGURES.clicks7d, ATTRIBUTE_FIGURES.impressions7d, shopClickRate(input)),
    ),
  ],
}
