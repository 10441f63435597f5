import type { ItemFacts } from '../state/log-entry.ts'
import { attributeKey } from '../state/slots.ts'
import type { Accumulator, Column, Feature, OfValues } from './accumulator.ts'
import { firstValueOf, valuesOf } from './counted-values.ts'
import {
  ATTRIBUTE_FIGURES,
  addConversion,
  addExposure,
  addPopularity,
  clickRates,
  clicksOverExpected,
  FOLLOWING,
  HALF_LIVES,
  PER_VIEW,
  PERIODS,
  plainRate,
  smoothedRate,
  trend,
} from './decayed-figures.ts'
import { type FeatureInput, oncePerInput } from './feature-input.ts'

const FIGURES = ATTRIBUTE_FIGURES

/** Makes the part of a feature that describes values of an attribute. A value is missing if no event on it is known. */
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
  counted(item: ItemFacts, surface: string | undefined): readonly string[]
  /** Value of a candidate. */
  ofRow(input: FeatureInput): (row: number) => string | undefined
  /** Of a candidate: whose value it is, and when there is none. */
  readonly whose: string
  readonly without: string
  /** Which value counts for a candidate. */
  readonly which: string
}

type Figure = (input: FeatureInput) => Column

/**
 * What a figure is, and how it is computed: the text goes before and after the name of the attribute. Then when it is missing, beside
 * the reasons of all figures.
 */
type Description = readonly [what: string, how: string, missing?: string]

function ratesOf(scope: Scope): Pick<Accumulator, 'roles' | 'expires' | 'slots' | 'reduce' | 'features'> {
  return {
    roles: [],
    expires: 'item',
    slots: Object.values(FIGURES),
    reduce: reducerOf(scope),
    features: featuresOf(scope),
  }
}

function reducerOf({ attribute, counted }: Scope): NonNullable<Accumulator['reduce']> {
  return ({ meaning, facts, increments, time, exposures }) => {
    for (const item of facts.items) {
      for (const value of counted(item, facts.surface)) {
        const key = attributeKey(attribute, value)
        increments.seen(key, time)
        addPopularity(FIGURES, increments, key, meaning.weight, time)
        if (meaning.role === 'click') increments.addDecayed(FIGURES.clicks7d, key, 1, time)
        addConversion(FIGURES, increments, key, meaning, time)
      }
    }
    for (const exposure of exposures) {
      for (const value of counted(exposure.item, exposure.surface)) {
        const key = attributeKey(attribute, value)
        increments.seen(key, time)
        addExposure(FIGURES, increments, key, exposure)
      }
    }
  }
}

/** Makes features of one attribute. @returns a feature with that suffix of its name */
function featureMaker(scope: Scope) {
  const { attribute } = scope
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
  return (
    suffix: string,
    unit: string,
    [what, how, missing]: Description,
    read: Figure,
    monotone?: Feature['monotone'],
  ): Feature => {
    const values = ofValues(attribute, read)
    return {
      name: `${attribute}_${suffix}`,
      entity: 'ATTRIBUTE',
      description: `${what} ${scope.whose}${how}. ${scope.which}`,
      unit,
      missing: `${scope.without}, or no event on that ${attribute} is known${missing ? `, or ${missing}` : ''}`,
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
}

/** Events that have a count of their own, as descriptions name them. */
const COUNTED = {
  impressions: 'Number of impressions of',
  clicks: 'Number of clicks on',
  views: 'Number of views of',
  carts: 'Number of additions to a cart of',
  purchases: 'Number of purchases of',
} as const

function featuresOf(scope: Scope): Feature[] {
  const feature = featureMaker(scope)
  const popularity = (window: keyof typeof HALF_LIVES) => {
    const description: Description = ['Sum of the event weights on', `, decayed with a half-life of ${HALF_LIVES[window]}`]
    const made = feature(`popularity_${window}`, 'event weight', description, decayed(`popularity${window}`))
    return { ...made, label: `Interest in ${scope.whose} ${PERIODS[window]}` }
  }
  const count = (what: keyof typeof COUNTED) => {
    const description: Description = [COUNTED[what], ', decayed with a half-life of a week']
    return feature(`${what}_7d`, 'events', description, decayed(`${what}7d`))
  }
  const perView = (what: string, name: string, hits: 'carts7d' | 'purchases7d') =>
    feature(
      name,
      'per view',
      [`${what} per view of`, `, smoothed towards the rate of the whole shop. ${PER_VIEW}`],
      ratePerView(hits),
    )
  return [
    popularity('1d'),
    popularity('7d'),
    feature(
      'trend_1h_7d',
      '',
      [
        'Trend of',
        '. Above 0: interest is rising. The formula is ln((a + 0.25)/(b + 0.25)). Here, a and b are the event weights that these items get in an hour, on average. They are decayed with a half-life of an hour in a, and of a week in b',
      ],
      ({ attributeRows: { rows } }) => trend(rows, FIGURES),
    ),
    feature(
      'ctr_7d',
      'clicks per impression',
      [
        'Click rate of',
        `, smoothed towards the rate of the whole shop. ${FOLLOWING}`,
        'while the shop has no impressions (always, if it reports none)',
      ],
      clickRates,
      1,
    ),
    popularity('1h'),
    feature(
      'coec_7d',
      '',
      [
        'Clicks over expected clicks of',
        ', computed as in item_coec_7d',
        'none of them was shown at a position with a known click rate',
      ],
      ({ attributeRows: { rows } }) => clicksOverExpected(rows, FIGURES),
      1,
    ),
    perView('Additions to a cart', 'cart_rate_7d', 'carts7d'),
    perView('Purchases', 'purchase_rate_7d', 'purchases7d'),
    ...(['impressions', 'clicks', 'views', 'carts', 'purchases'] as const).map(count),
  ]
}

function decayed(figure: keyof typeof FIGURES): Figure {
  return ({ attributeRows: { rows } }) => rows.decayed(FIGURES[figure])
}

function ratePerView(hits: 'carts7d' | 'purchases7d'): Figure {
  return ({ attributeRows: { rows, shop } }) =>
    smoothedRate(rows, FIGURES[hits], FIGURES.views7d, plainRate(rows, shop, FIGURES[hits], FIGURES.views7d))
}

/**
 * Makes the accumulator that keeps the item statistics per value of a declared attribute. `attributeRates('brand')` gives
 * `brand_popularity_1d` and others.
 */
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
        return (row) => firstValueOf(attributes[row], attribute)
      },
      whose: `all items with this ${attribute}`,
      which: 'For an item with several values, its first value is used',
      without: `when the item has no ${attribute}`,
    }),
  }
}

/** Keeps the same statistics per surface. */
export const surfaceRates: Accumulator = {
  name: 'surface_rates',
  entity: 'ATTRIBUTE',
  description: 'Popularity, click rate and conversion of every surface.',
  ...ratesOf({
    attribute: 'surface',
    counted: (_, surface) => (surface === undefined ? [] : [surface]),
    ofRow:
      ({ surface }) =>
      () =>
        surface,
    whose: 'all items on this surface',
    which: 'For a candidate, this is the surface of the request',
    without: 'when the request names no surface',
  }),
}
