import type { Column, Feature } from './accumulator.ts'
import { ofValues } from './attribute-rates.ts'
import { ATTRIBUTE_FIGURES, clickRates, FOLLOWING } from './decayed-figures.ts'
import type { FeatureInput } from './feature-input.ts'

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
export const POSITION_FEATURES: readonly Feature[] = [
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
