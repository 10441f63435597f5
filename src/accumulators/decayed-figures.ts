import { decayedRate } from '../state/decay.ts'
import type { Increments } from '../state/increments.ts'
import { decayedSum, type SharedKind, type Slot } from '../state/slots.ts'
import { DAY, HOUR } from '../time-units.ts'
import type { Column } from './accumulator.ts'
import type { EventMeaning } from './event-meaning.ts'
import type { Exposure } from './exposure.ts'
import type { FeatureInput, SharedRows } from './feature-input.ts'

/** Half-lives by the ending of a feature's name, as descriptions of features say them. */
export const HALF_LIVES = { '1h': 'an hour', '1d': 'a day', '7d': 'a week' } as const

/** When click rates are missing, as the texts of features say it. */
export const NO_IMPRESSIONS = 'while the shop has no impressions. So it is always missing in a shop that reports none'

/** Decayed sums that exist for items and for attribute values alike. */
export interface SharedFigures {
  readonly popularity1h: Slot
  readonly popularity1d: Slot
  readonly popularity7d: Slot
  readonly impressions7d: Slot
  /** Clicks that followed from a counted impression. */
  readonly clicks7d: Slot
  /** All clicks, whether something was shown before or not. */
  readonly allClicks7d: Slot
  /** Expected clicks: the clicks that an average item would have got at the positions of these impressions. */
  readonly expectedClicks7d: Slot
  /** Clicks that followed from these impressions. */
  readonly ratedClicks7d: Slot
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
    allClicks7d: decayedSum(kind, 'all_clicks', 7 * DAY),
    expectedClicks7d: decayedSum(kind, 'expected_clicks', 7 * DAY),
    ratedClicks7d: decayedSum(kind, 'rated_clicks', 7 * DAY),
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
 * Counts an impression, or a click that followed from one. A click counts at the time of its impression, so that the click delay does
 * not bias the rate.
 * @param positionRate click rate of the position of an impression, if it is known
 */
export function addExposure(
  of: SharedFigures,
  increments: Increments,
  entity: string,
  { role }: EventMeaning,
  { at, isRated }: Exposure,
  positionRate: number | undefined,
): void {
  if (role === 'impression') {
    increments.addDecayed(of.impressions7d, entity, 1, at)
    if (isRated && positionRate !== undefined) increments.addDecayed(of.expectedClicks7d, entity, positionRate, at)
  } else if (role === 'click') {
    increments.addDecayed(of.clicks7d, entity, 1, at)
    if (isRated) increments.addDecayed(of.ratedClicks7d, entity, 1, at)
  }
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

/**
 * Returns clicks over expected clicks, (C + 1)/(E + 1), by row; NaN for a row without expected clicks. C and E are of the same
 * impressions.
 */
export function clicksOverExpected(rows: SharedRows, of: SharedFigures): Column {
  const clicks = rows.decayed(of.ratedClicks7d)
  const expected = rows.decayed(of.expectedClicks7d)
  return (row) => (expected(row) > 0 ? (clicks(row) + 1) / (expected(row) + 1) : Number.NaN)
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
