import { decayedRate } from '../state/decay.ts'
import type { Increments } from '../state/increments.ts'
import { decayedSum, type SharedKind, type Slot } from '../state/slots.ts'
import { DAY, HOUR } from '../time-units.ts'
import type { Column } from './accumulator.ts'
import type { EventMeaning } from './event-meaning.ts'
import type { FeatureInput, SharedRows } from './feature-input.ts'

/** Half-lives by the ending of a feature's name, as descriptions of features say them. */
export const HALF_LIVES = { '1h': 'an hour', '1d': 'a day', '7d': 'a week' } as const

/** Decayed sums that exist for items and for attribute values alike. */
export interface SharedFigures {
  readonly popularity1h: Slot
  readonly popularity1d: Slot
  readonly popularity7d: Slot
  readonly impressions7d: Slot
  readonly clicks7d: Slot
  /** Expected clicks: the clicks that an average item would have got at the positions of these impressions. */
  readonly expectedClicks7d: Slot
  readonly views7d: Slot
  readonly carts7d: Slot
  readonly purchases7d: Slot
}

function figures(kind: SharedKind): SharedFigures {
  return {
    popularity1h: decayedSum(kind, 'popularity', HOUR),
    popularity1d: decayedSum(kind, 'popularity', DAY),
    popularity7d: decayedSum(kind, 'popularity', 7 * DAY),
    impressions7d: decayedSum(kind, 'impressions', 7 * DAY),
    clicks7d: decayedSum(kind, 'clicks', 7 * DAY),
    expectedClicks7d: decayedSum(kind, 'expected_clicks', 7 * DAY),
    views7d: decayedSum(kind, 'views', 7 * DAY),
    carts7d: decayedSum(kind, 'carts', 7 * DAY),
    purchases7d: decayedSum(kind, 'purchases', 7 * DAY),
  }
}

/** Decayed sums of each item. Their half-lives are an hour, a day and 7 days for popularity, and 7 days for all others. */
export const ITEM_FIGURES = figures('item')
/** The same sums for each attribute value, such as a brand, and for the whole shop. */
export const ATTRIBUTE_FIGURES = figures('attribute')

/** Adds the event's weight to the popularity of an entity, with three half-lives. */
export function addPopularity(of: SharedFigures, increments: Increments, entity: string, weight: number, time: number): void {
  if (weight <= 0) return
  increments.addDecayed(of.popularity1h, entity, weight, time)
  increments.addDecayed(of.popularity1d, entity, weight, time)
  increments.addDecayed(of.popularity7d, entity, weight, time)
}

/**
 * Counts an impression or a click. A click counts at the time of its impression, so that the click delay does not bias the rate.
 */
export function addExposure(
  of: SharedFigures,
  increments: Increments,
  entity: string,
  meaning: EventMeaning,
  time: number,
  positionRate: number | undefined,
): void {
  if (meaning.role === 'impression') {
    increments.addDecayed(of.impressions7d, entity, 1, time)
    if (positionRate !== undefined) increments.addDecayed(of.expectedClicks7d, entity, positionRate, time)
  } else if (meaning.role === 'click') increments.addDecayed(of.clicks7d, entity, 1, time)
}

/**
 * Counts a view, cart or purchase, by the role of the event type, at the time of the event. A click also counts as a view. Other
 * roles count nothing.
 */
export function addConversion(
  of: SharedFigures,
  increments: Increments,
  entity: string,
  meaning: EventMeaning,
  time: number,
): void {
  if (meaning.role === 'view' || meaning.role === 'click') increments.addDecayed(of.views7d, entity, 1, time)
  else if (meaning.role === 'cart') increments.addDecayed(of.carts7d, entity, 1, time)
  else if (meaning.role === 'purchase') increments.addDecayed(of.purchases7d, entity, 1, time)
}

/** Returns the rate of a row without smoothing, for the whole shop: NaN without trials. */
export function plainRate(rows: SharedRows, row: number, hits: Slot, trials: Slot): number {
  const trial = rows.decayed(trials)(row)
  return trial > 0 ? rows.decayed(hits)(row) / trial : Number.NaN
}

/** Returns the click rate of the whole shop over the last week; NaN before the first impression. */
export function shopClickRate({ attributeRows: { rows, shop } }: FeatureInput): number {
  return plainRate(rows, shop, ATTRIBUTE_FIGURES.clicks7d, ATTRIBUTE_FIGURES.impressions7d)
}

/** Returns the trend ln((rate_1h + α)/(rate_7d + α)). Rates are in events per hour; α is one event in four hours. */
export function trend(rows: SharedRows, of: SharedFigures): Column {
  const hour = rows.decayed(of.popularity1h)
  const week = rows.decayed(of.popularity7d)
  const alpha = 0.25
  return (row) => {
    const age = rows.age(row)
    const rate1h = decayedRate(hour(row), age, of.popularity1h.halfLife) * HOUR
    const rate7d = decayedRate(week(row), age, of.popularity7d.halfLife) * HOUR
    return Math.log((rate1h + alpha) / (rate7d + alpha))
  }
}
