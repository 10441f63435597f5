import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distribution, QUANTILES } from '../../src/analysis/feature-summary.ts'
import { checkProperty } from '../support/check-property.ts'

const of = (values: number[], bins = 4) => distribution(Float64Array.from(values), bins)

describe('a distribution', () => {
  it('of few values is exact', () => {
    const { quantiles, ...rest } = of([8, Number.NaN, 0, 2, 6, 4])
    expect(rest).toEqual({
      count: 5,
      missing: 1,
      mean: 4,
      stddev: Math.sqrt(8),
      min: 0,
      max: 8,
      histogram: [
        { from: 0, to: 2, count: 1 },
        { from: 2, to: 4, count: 1 },
        { from: 4, to: 6, count: 1 },
        { from: 6, to: 8, count: 2 },
      ],
    })
    const place = (quantile: number) => quantiles.find((each) => each.quantile === quantile)?.value
    expect([place(0.01), place(0.25), place(0.5), place(0.75), place(0.99)]).toEqual([
      expect.closeTo(0.08, 12),
      2,
      4,
      6,
      expect.closeTo(7.92, 12),
    ])
  })

  it('of no values only counts the missing ones', () => {
    const nothing = { mean: null, stddev: null, min: null, max: null, quantiles: [], histogram: [] }
    expect(of([])).toEqual({ ...nothing, count: 0, missing: 0 })
    expect(of([Number.NaN, Number.POSITIVE_INFINITY])).toEqual({ ...nothing, count: 0, missing: 2 })
  })

  it('of equal values is one bin', () => {
    expect(of([3, 3])).toMatchObject({ mean: 3, stddev: 0, min: 3, max: 3, histogram: [{ from: 3, to: 3, count: 2 }] })
  })

  it('has its mean, quantiles and bins between its smallest and largest value, whatever the values are', async () => {
    const values = fc.array(fc.double({ noDefaultInfinity: true }), { maxLength: 60 })
    const property = fc.asyncProperty(values, fc.integer({ min: 1, max: 30 }), async (values, bins) => {
      const { count, missing, mean, min, max, quantiles, histogram } = of(values, bins)
      expect(count + missing).toBe(values.length)
      if (count === 0) return
      const known = values.filter((value) => !Number.isNaN(value))
      expect([min, max]).toEqual([Math.min(...known) + 0, Math.max(...known) + 0])
      const slack = 1e-9 * Math.max(Math.abs(min!), Math.abs(max!))
      expect(mean!).toBeGreaterThanOrEqual(min! - slack)
      expect(mean!).toBeLessThanOrEqual(max! + slack)
      expect(quantiles.map(({ quantile }) => quantile)).toEqual(QUANTILES)
      for (const [i, { value }] of quantiles.entries()) {
        expect(value).toBeGreaterThanOrEqual(i === 0 ? min! : quantiles[i - 1].value - slack)
        expect(value).toBeLessThanOrEqual(max! + slack)
      }
      expect(histogram.reduce((sum, bin) => sum + bin.count, 0)).toBe(count)
      expect(histogram.length === bins || histogram.length === 1).toBe(true)
      for (const [i, { from, to, count }] of histogram.entries()) {
        const inside = known.filter((value) => value >= from && (i === histogram.length - 1 ? value <= to : value < to))
        expect(inside.length).toBe(count)
      }
      expect([histogram[0].from, histogram.at(-1)!.to]).toEqual([min, max])
    })
    await checkProperty(property, 300)
  })
})
