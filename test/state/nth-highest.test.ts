import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { nthHighest } from '../../src/state/rank-order.ts'

it('the n-th highest number is the one at that place of a sort, also among equal numbers', () => {
  const number = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -3, max: 3 }))
  const property = fc.property(fc.array(number, { minLength: 1, maxLength: 60 }), fc.nat(), (numbers, at) => {
    const n = 1 + (at % numbers.length)
    const sorted = Float64Array.from(numbers).sort().reverse()
    // -0 and 0 are one score.
    expect(nthHighest(Float64Array.from(numbers), n) + 0).toBe(sorted[n - 1] + 0)
  })
  fc.assert(property, { numRuns: 2000 })
})
