import { attributeKey } from '../state/slots.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import { valuesOf } from './declared-values.ts'
import type { FeatureInput } from './feature-input.ts'
import { shopClickRate } from './item-click-rate.ts'
import { ATTRIBUTE_FIGURES, addConversion, addExposure, addPopularity, smoothedRate, trend } from './shared-figures.ts'
import { impressionTime } from './user-item.ts'

/** The figures of an item, for every value of a declared attribute: `attributeRates('brand')` gives `brand_popularity_1d` and the rest. */
export function attributeRates(attribute: string): Accumulator {
  const ofRow = (read: (input: FeatureInput) => (row: number) => number) => (input: FeatureInput) => {
    const { attributes, attributeRows } = input
    const value = read(input)
    return (row: number) => {
      const [first] = valuesOf(attributes[row], attribute)
      const at = first === undefined ? -1 : attributeRows.rowOf(attribute, first)
      return at < 0 || attributeRows.rows.firstSeen(at) === 0 ? Number.NaN : value(at)
    }
  }
  const feature = (what: string, description: string, read: (input: FeatureInput) => (row: number) => number): Feature => ({
    name: `${attribute}_${what}`,
    entity: 'ATTRIBUTE',
    description: `${description} of this ${attribute}. For an item with several values, that of the first`,
    missing: `when the item has no ${attribute}, or no event on that ${attribute} is known`,
    column: ofRow(read),
  })
  const { popularity1d, popularity7d, clicks7d, impressions7d } = ATTRIBUTE_FIGURES
  return {
    name: `${attribute}_rates`,
    entity: 'ATTRIBUTE',
    description: `Popularity, click rate and conversion of every ${attribute}.`,
    roles: ['impression', 'view', 'click', 'cart', 'purchase'],
    expires: 'item',
    slots: Object.values(ATTRIBUTE_FIGURES),
    reduce: ({ meaning, facts, increments, time, user }) => {
      for (const { itemId, attributes, positionRate } of facts.items) {
        for (const value of valuesOf(attributes, attribute)) {
          const key = attributeKey(attribute, value)
          const exposedAt = meaning.role === 'click' ? impressionTime(user, itemId, time) : time
          increments.seen(key, time)
          addPopularity(ATTRIBUTE_FIGURES, increments, key, meaning.weight, time)
          addExposure(ATTRIBUTE_FIGURES, increments, key, meaning, exposedAt, positionRate)
          addConversion(ATTRIBUTE_FIGURES, increments, key, meaning, time)
        }
      }
    },
    features: [
      feature('popularity_1d', 'Event weight, decayed with a half-life of a day,', ({ attributeRows: { rows } }) =>
        rows.decayed(popularity1d),
      ),
      feature('popularity_7d', 'Event weight, decayed with a half-life of a week,', ({ attributeRows: { rows } }) =>
        rows.decayed(popularity7d),
      ),
      feature('trend_1h_7d', 'Logarithm of the rate of the last hour over that of the week', ({ attributeRows: { rows } }) =>
        trend(rows, ATTRIBUTE_FIGURES),
      ),
      feature('ctr_7d', 'Click rate, smoothed towards that of the whole shop,', (input) =>
        smoothedRate(input.attributeRows.rows, clicks7d, impressions7d, shopClickRate(input)),
      ),
    ],
  }
}
