import { decayedRate } from '../state/decay.ts'
import type { Increments } from '../state/increments.ts'
import { decayedSum, type SharedKind, type Slot } from '../state/slots.ts'
import { DAY, HOUR } from '../time-units.ts'
import type { Column } from './accumulator.ts'
import type { EventMeaning, Exposure } from './event-meaning.ts'
import type { FeatureInput, SharedRows } from './feature-input.ts'

/** Half-lives by the ending of a feature's name, as descriptions of features say them. */
export const HALF_LIVES = { '1h': 'an hour', '1d': 'a day', '7d': 'a week' } as const

/** The times over which sums with these half-lives roughly count, as labels of features say them. */
export const PERIODS = { '1h': 'in the last hours', '1d': 'in the last days', '7d': 'in the last weeks' } as const

/** Which clicks count in click rates, as descriptions of features say it. */
export const FOLLOWING =
  'A click counts if the item was shown to the same user within a day before it, once for each time it was shown'

/** What rates per view can be, as descriptions of features say it. */
export const PER_VIEW = 'It can be above 1, because users may do this without a view, or several times after one'

/** When click rates are missing, as descriptions of features say it. */
export const NO_IMPRESSIONS = 'while the shop has no impressions (always, if it reports none)'

/**
 * Decayed sums that exist for items and for attribute values alike. Sums of click rates have no clicks but those that follow from the
 * impressions of the same sums; see item-click-rate.ts.
 */
export interface SharedFigures {
  readonly popularity1h: Slot
  readonly popularity1d: Slot
  readonly popularity7d: Slot
  readonly impressions7d: Slot
  /** Clicks that followed from `impressions7d`. */
  readonly shownClicks7d: Slot
  /** Expected clicks: what an average item would have got from those impressions of `impressions7d` whose position has a known click rate. */
  readonly expectedClicks7d: Slot
  /** Clicks that followed from the impressions of `expectedClicks7d`. */
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
    // Earlier versions kept other sums in columns named impressions, clicks and expected_clicks. A rate must not mix them with these.
    impressions7d: decayedSum(kind, 'shown', 7 * DAY),
    shownClicks7d: decayedSum(kind, 'shown_clicks', 7 * DAY),
    expectedClicks7d: decayedSum(kind, 'shown_expected_clicks', 7 * DAY),
    ratedClicks7d: decayedSum(kind, 'shown_rated_clicks', 7 * DAY),
    views7d: decayedSum(kind, 'views', 7 * DAY),
    carts7d: decayedSum(kind, 'carts', 7 * DAY),
    purchases7d: decayedSum(kind, 'purchases', 7 * DAY),
  }
}

/** Decayed sums of each item. Their half-lives are an hour, a day and 7 days for popularity, and 7 days for all others. */
export const ITEM_FIGURES = figures('item')
/** The same sums for each attribute value, such as a brand, and for the whole shop. Also the number of all clicks. */
export const ATTRIBUTE_FIGURES = { ...figures('attribute'), clicks7d: decayedSum('attribute', 'clicks', 7 * DAY) } as const
/** Number of all clicks in the shop since it has counted `impressions7d`, decayed with a half-life of 7 days. */
export const SHOP_CLICKS = decayedSum('attribute', 'shop_clicks', 7 * DAY)

/** Adds the event's weight to the popularity of an entity, with three half-lives. */
export function addPopularity(of: SharedFigures, increments: Increments, entity: string, weight: number, time: number): void {
  if (weight <= 0) return
  increments.addDecayed(of.popularity1h, entity, weight, time)
  increments.addDecayed(of.popularity1d, entity, weight, time)
  increments.addDecayed(of.popularity7d, entity, weight, time)
}

/** Counts an impression or a click in click rates and expected clicks. */
export function addExposure(of: SharedFigures, increments: Increments, entity: string, exposure: Exposure): void {
  const { isClick, at, isRated, item } = exposure
  increments.addDecayed(isClick ? of.shownClicks7d : of.impressions7d, entity, 1, at)
  if (!isRated) return
  if (isClick) increments.addDecayed(of.ratedClicks7d, entity, 1, at)
  else if (item.positionRate !== undefined) increments.addDecayed(of.expectedClicks7d, entity, item.positionRate, at)
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

/** Returns the click rate of the whole shop over the last week, from 0 to 1; NaN before the first impression. */
export function shopClickRate({ attributeRows: { rows, shop } }: Pick<FeatureInput, 'attributeRows'>): number {
  return plainRate(rows, shop, ATTRIBUTE_FIGURES.shownClicks7d, ATTRIBUTE_FIGURES.impressions7d)
}

/** Returns the click rates of attribute values, smoothed towards that of the whole shop: from 0 to 1, NaN before the first impression. */
export function clickRates(input: Pick<FeatureInput, 'attributeRows'>): Column {
  const { rows } = input.attributeRows
  return smoothedRate(rows, ATTRIBUTE_FIGURES.shownClicks7d, ATTRIBUTE_FIGURES.impressions7d, shopClickRate(input))
}

/**
 * Returns clicks over expected clicks, (C + 1)/(E + 1), by row; NaN for a row without expected clicks. C has only clicks that followed
 * from the impressions of E.
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

/**
 * Returns a function that smooths a rate towards that of the whole shop, p0: (hits + m·p0)/(trials + m), with m = max(20, 1/p0).
 * So few trials say little. p0 is at least 0.0001. If it is NaN, because the shop has no trials, so is every rate.
 */
export function smoothing(shopRate: number): (hits: number, trials: number) => number {
  const prior = Math.max(shopRate, 0.0001)
  const weight = Math.max(20, 1 / prior)
  return (hits, trials) => (hits + weight * prior) / (trials + weight)
}

/** Returns the smoothed rate of each row: hits of trials, both decayed sums. */
export function smoothedRate(rows: SharedRows, hits: Slot, trials: Slot, shopRate: number): Column {
  const smooth = smoothing(shopRate)
  const hit = rows.decayed(hits)
  const trial = rows.decayed(trials)
  return (row) => smooth(hit(row), trial(row))
}
