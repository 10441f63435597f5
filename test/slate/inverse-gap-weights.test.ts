import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inverseGapWeights } from '../../src/slate/exploration-slot.ts'
import { checkProperty } from '../support/check-property.ts'

describe('inverse gap weights', () => {
  it('give each arm less the further it is below the best, and give the rest to the best', () => {
    expect([...inverseGapWeights([0.1, 0.3, 0.2], 10)]).toEqual([
      expect.closeTo(1 / (3 + 2), 12),
      expect.closeTo(1 - 1 / 5 - 1 / 4, 12),
      expect.closeTo(1 / (3 + 1), 12),
    ])
    expect([...inverseGapWeights([0.5], 10)]).toEqual([1])
  })

  it('are above 0, sum to 1, and rise with the estimate, whatever the estimates are', async () => {
    const estimates = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 })
    const property = fc.asyncProperty(estimates, fc.double({ min: 0, max: 1e6, noNaN: true }), async (given, gamma) => {
      const weights = inverseGapWeights(given, gamma)
      expect(weights.every((weight) => weight > 0)).toBe(true)
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
      given.forEach((a, i) => {
        for (const [j, b] of given.entries()) if (a > b) expect(weights[i]).toBeGreaterThanOrEqual(weights[j] - 1e-12)
      })
    })
    await checkProperty(property, 200)
  })
})
