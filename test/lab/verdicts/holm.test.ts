import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holmLevels } from '../../../lab/verdicts/holm.ts'

describe("Holm's correction", () => {
  it('is that of an example by hand', () => {
    // Ascending: .005 up to .05 / 4, .01 up to .05 / 3, then .03 is above .05 / 2, which also keeps .04.
    expect(holmLevels([0.01, 0.04, 0.03, 0.005], 0.05)).toEqual([0.05 / 3, 0, 0, 0.05 / 4])
    expect(holmLevels([0.05], 0.05)).toEqual([0.05])
    expect(holmLevels([1, 0.0501], 0.05)).toEqual([0, 0])
    expect(holmLevels([], 0.05)).toEqual([])
  })

  it('rejects at least what Bonferroni rejects, nothing above alpha, and no larger p-value without all smaller ones', () => {
    const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(pValues, (values) => {
        const levels = holmLevels(values, 0.05)
        for (const [i, value] of values.entries()) {
          if (value <= 0.05 / values.length) expect(levels[i]).toBeGreaterThan(0)
          if (value > 0.05) expect(levels[i]).toBe(0)
          if (levels[i] > 0) for (const [j, other] of values.entries()) if (other < value) expect(levels[j]).toBeGreaterThan(0)
        }
      }),
    )
  })
})
