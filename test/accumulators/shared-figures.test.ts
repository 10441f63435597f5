import { describe, expect, it } from 'vitest'
import { ITEM_FIGURES, plainRate, smoothedRate } from '../../src/accumulators/decayed-figures.ts'
import { SharedRows } from '../../src/accumulators/feature-input.ts'
import { Increments } from '../../src/state/increments.ts'
import { SharedSums } from '../../src/state/shared-sums.ts'
import { FIRST_SEEN, LAST_SEEN, SlotLayout } from '../../src/state/slots.ts'
import { DAY } from '../../src/time-units.ts'

const NOW = 20_000 * DAY
const { shownClicks7d, impressions7d } = ITEM_FIGURES
const layout = new SlotLayout([FIRST_SEEN.item, LAST_SEEN.item, ...Object.values(ITEM_FIGURES)], [])

function rows(clicks: number, impressions: number): SharedRows {
  const increments = new Increments(layout)
  increments.seen('item:a', NOW)
  increments.addDecayed(shownClicks7d, 'item:a', clicks, NOW)
  increments.addDecayed(impressions7d, 'item:a', impressions, NOW)
  const sums = new SharedSums(layout)
  sums.apply(increments)
  return new SharedRows(layout, 'item', sums.rows(['item:a'], layout.width('item')), NOW, DAY)
}

describe('a smoothed rate', () => {
  it.each([
    ['a prior of a half: 20 trials', 3, 10, 0.5, (3 + 10) / (10 + 20)],
    ['a rare prior: 1/p0 trials', 3, 10, 0.01, (3 + 1) / (10 + 100)],
    ['a prior of nothing: as if of 0.0001', 3, 10, 0, (3 + 1) / (10 + 10_000)],
  ])('has %s', (_, clicks, impressions, prior, expected) => {
    expect(smoothedRate(rows(clicks, impressions), shownClicks7d, impressions7d, prior)(0)).toBeCloseTo(expected, 10)
  })

  it('is missing without a prior', () => {
    expect(smoothedRate(rows(3, 10), shownClicks7d, impressions7d, Number.NaN)(0)).toBeNaN()
  })
})

describe('a plain rate', () => {
  it('is hits per trial, missing without trials', () => {
    expect(plainRate(rows(3, 12), 0, shownClicks7d, impressions7d)).toBeCloseTo(0.25, 10)
    expect(plainRate(rows(3, 0), 0, shownClicks7d, impressions7d)).toBeNaN()
    expect(plainRate(rows(3, 12), -1, shownClicks7d, impressions7d)).toBeNaN()
  })
})
