import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { spearman } from '../../src/slate/model-observation.ts'
import { checkProperty } from '../support/check-property.ts'

describe("Spearman's rank correlation", () => {
  it('equals the value computed by hand', () => {
    // No ties: 1 - 6 * sum(d^2) / (n (n^2 - 1)), here with d = -1, 1, -1, 1, 0.
    expect(spearman([10, 20, 30, 40, 50], [2, 1, 4, 3, 5])).toBeCloseTo(1 - (6 * 4) / (5 * 24), 12)
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5.
    expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12)
    expect(spearman([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12)
  })

  it('is undefined if all values of one side are equal', () => {
    expect(spearman([], [])).toBeUndefined()
    expect(spearman([1], [2])).toBeUndefined()
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeUndefined()
  })

  it('depends only on the order, and is from -1 to 1', async () => {
    const values = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), {
      minLength: 2,
      maxLength: 30,
    })
    await checkProperty(
      fc.property(values, (pairs) => {
        const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)]
        const found = spearman(a, b)
        const transformed = spearman(
          a.map((x) => Math.exp(x)),
          b,
        )
        if (found === undefined) expect(transformed).toBeUndefined()
        else {
          expect(Math.abs(found)).toBeLessThanOrEqual(1 + 1e-12)
          expect(transformed).toBeCloseTo(found, 12)
        }
      }),
      300,
    )
  })
})
