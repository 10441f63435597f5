import type { EventFacts, ItemFacts } from '../state/log/entry.ts'
import { attributeKey } from '../state/slots.ts'
import type { Accumulator, Column, Feature, OfValues } from './accumulator.ts'
import { valuesOf } from './declared-values.ts'
import type { FeatureInput } from './feature-input.ts'
import { oncePerInput } from './once-per-input.ts'
import {
  ATTRIBUTE_FIGURES,
  addConversion,
  addExposure,
  addPopularity,
  plainRate,
  shopClickRate,
  smoothedRate,
  trend,
} from './shared-figures.ts'
import { impressionTime } from './user-item.ts'

/** A figure of the values of an attribute, missing where no event on the value is known. */
export function ofValues(attribute: string, read: (input: FeatureInput) => Column): OfValues {
  return {
    attribute,
    column: (input) => {
      const { rows } = input.attributeRows
      const value = read(input)
      return (at) => (rows.firstSeen(at) === 0 ? Number.NaN : value(at))
    },
  }
}

/** Of which values of an attribute figures are kept. */
interface Scope {
  readonly attribute: string
  /** Values for which an event on an item counts. */
  counted(item: ItemFacts, facts: EventFacts): readonly string[]
  /** Value of a candidate. */
  ofRow(input: FeatureInput): (row: number) => string | undefined
  /** Of a candidate: whose value it is, and when there is none. */
  readonly whose: string
  readonly without: string
}

function ratesOf(scope: Scope): Pick<Accumulator, 'roles' | 'expires' | 'slots' | 'reduce' | 'features'> {
  const { attribute } = scope
  const figures = ATTRIBUTE_FIGURES
  /** By candidate the row of its value, -1 where there is none. */
  const valueRows = oncePerInput((input) => {
    const ofRow = scope.ofRow(input)
    const found = new Int32Array(input.itemIds.length)
    for (let row = 0; row < found.length; row++) {
      const value = ofRow(row)
      found[row] = value === undefined ? -1 : input.attributeRows.rowOf(attribute, value)
    }
    return found
  })
  const feature = (
    what: string,
    unit: string,
    description: string,
    read: (input: FeatureInput) => Column,
    monotone?: Feature['monotone'],
  ): Feature => {
    const values = ofValues(attribute, read)
    return {
      name: `${attribute}_${what}`,
      entity: 'ATTRIBUTE',
      description: `${description} of ${scope.whose}`,
      unit,
      missing: `${scope.without}, or no event on that ${attribute} is known`,
      ...(monotone && { monotone }),
      ofValues: values,
      column: (input) => {
        const rows = valueRows(input)
        const figure = values.column(input)
        // Many candidates share a value.
        const found: number[] = []
        return (row) => {
          const at = rows[row]
          if (at < 0) return Number.NaN
          found[at] ??= figure(at)
          return found[at]
        }
      },
    }
  }
  const popularity = (window: '1h' | '1d' | '7d') =>
    feature(
      `popularity_${window}`,
      'event weight',
      `Event weight, decayed with a half-life of ${window},`,
      ({ attributeRows: { rows } }) => rows.decayed(figures[`popularity${window}`]),
    )
  const count = (what: 'impressions' | 'clicks' | 'views' | 'carts' | 'purchases') =>
    feature(
      `${what}_7d`,
      'events',
      `${what[0].toUpperCase()}${what.slice(1)}, decayed with a half-life of a week,`,
      ({ attributeRows: { rows } }) => rows.decayed(figures[`${what}7d`]),
    )
  const perView = (what: string, name: string, hits: 'carts7d' | 'purchases7d') =>
    feature(name, 'per view', `${what} per view, smoothed towards that of the whole shop,`, ({ attributeRows: { rows, shop } }) =>
      smoothedRate(rows, figures[hits], figures.views7d, plainRate(rows, shop, figures[hits], figures.views7d)),
    )
  return {
    roles: ['impression', 'view', 'click', 'cart', 'purchase'],
    expires: 'item',
    slots: Object.values(figures),
    reduce: ({ meaning, facts, increments, time, user }) => {
      for (const item of facts.items) {
        for (const value of scope.counted(item, facts)) {
          const key = attributeKey(attribute, value)
          const exposedAt = meaning.role === 'click' ? impressionTime(user, item.itemId, time) : time
          increments.seen(key, time)
          addPopularity(figures, increments, key, meaning.weight, time)
          addExposure(figures, increments, key, meaning, exposedAt, item.positionRate)
          addConversion(figures, increments, key, meaning, time)
        }
      }
    },
    features: [
      popularity('1d'),
      popularity('7d'),
      feature('trend_1h_7d', 'logarithm', 'Rate of the last hour over that of the week', ({ attributeRows: { rows } }) =>
        trend(rows, figures),
      ),
      feature(
        'ctr_7d',
        'clicks per impression',
        'Click rate, smoothed towards that of the whole shop,',
        (input) => smoothedRate(input.attributeRows.rows, figures.clicks7d, figures.impressions7d, shopClickRate(input)),
        1,
      ),
      popularity('1h'),
      feature(
        'coec_7d',
        'ratio',
        'Clicks over those that its positions would have brought, (C + 1)/(E + 1),',
        ({ attributeRows: { rows } }) => {
          const clicks = rows.decayed(figures.clicks7d)
          const expected = rows.decayed(figures.expectedClicks7d)
          return (at) => (expected(at) > 0 ? (clicks(at) + 1) / (expected(at) + 1) : Number.NaN)
        },
        1,
      ),
      perView('Carts', 'cart_rate_7d', 'carts7d'),
      perView('Purchases', 'purchase_rate_7d', 'purchases7d'),
      ...(['impressions', 'clicks', 'views', 'carts', 'purchases'] as const).map(count),
    ],
  }
}

/** The figures of an item, for every value of a declared attribute: `attributeRates('brand')` gives `brand_popularity_1d` and the rest. */
export function attributeRates(attribute: string): Accumulator {
  return {
    name: `${attribute}_rates`,
    entity: 'ATTRIBUTE',
    description: `Popularity, click rate and conversion of every ${attribute}.`,
    attributes: { [attribute]: 'key' },
    ...ratesOf({
      attribute,
      counted: ({ attributes }) => valuesOf(attributes, attribute),
      ofRow: ({ attributes }) => {
        return (row) => valuesOf(attributes[row], attribute)[0]
      },
      whose: `this ${attribute}. For an item with several values, that of the first`,
      without: `when the item has no ${attribute}`,
    }),
  }
}

/** The same figures, for every surface on which something happens. */
export const surfaceRates: Accumulator = {
  name: 'surface_rates',
  entity: 'ATTRIBUTE',
  description: 'Popularity, click rate and conversion of what happens on every surface.',
  ...ratesOf({
    attribute: 'surface',
    counted: (_, { surface }) => (surface === undefined ? [] : [surface]),
    ofRow:
      ({ surface }) =>
      () =>
        surface,
    whose: 'this surface. For a candidate, that of the request',
    without: 'when the request names no surface',
  }),
}
