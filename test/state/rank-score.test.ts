import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RANK_TOLERANCE, rankScore } from '../../src/state/rank-order.ts'

const score = fc.oneof(fc.double(), fc.double({ min: -1e6, max: 1e6 }), fc.integer())

describe('the score that ranks', () => {
  it('never changes the order of two scores', () => {
    fc.assert(
      fc.property(score, score, (a, b) => {
        fc.pre(a < b)
        expect(rankScore(a)).toBeLessThanOrEqual(rankScore(b))
      }),
    )
  })

  it('is within the tolerance of the score, and rounds to itself', () => {
    const normal = fc.double({ min: 2 ** -1000, max: 2 ** 1000, noNaN: true })
    fc.assert(
      fc.property(normal, (a) => {
        expect(Math.abs(rankScore(a) / a - 1)).toBeLessThanOrEqual(RANK_TOLERANCE)
        expect(rankScore(-a)).toBe(-rankScore(a))
        expect(rankScore(rankScore(a))).toBe(rankScore(a))
      }),
    )
  })

  it('distinguishes scores that differ by twice the tolerance', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (a) => {
        expect(rankScore(a * (1 + 2.01 * RANK_TOLERANCE))).toBeGreaterThan(rankScore(a))
      }),
    )
  })

  it('does not change whole numbers up to 131,072, zero, infinities and missing values', () => {
    for (const whole of [0, 1, 3, 255, 65_537, 131_072, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])
      expect(rankScore(whole)).toBe(whole)
  })

  it('is the same for sums of the same numbers in another order, even at a round number', () => {
    expect([0.1 + 0.2 + 0.7, 0.7 + 0.2 + 0.1].map(rankScore)).toEqual([1, 1])
  })
})
