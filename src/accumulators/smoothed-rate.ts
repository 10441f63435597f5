import type { Slot } from '../state/slots.ts'
import type { Column } from './accumulator.ts'
import type { SharedRows } from './feature-input.ts'

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
