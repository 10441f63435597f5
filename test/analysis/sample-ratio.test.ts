import { describe, expect, it } from 'vitest'
import { Random } from '../../lab/random.ts'
import { sampleRatioP } from '../../src/analysis/policy-report.ts'

describe('the check of the split', () => {
  it('is the Bayes factor of multinomial counts', () => {
    // By hand: with a prior of 50 and 50, one user says nothing, and the second of the same policy 51/101 over 1/2.
    expect(sampleRatioP([1, 0], [0.5, 0.5])).toBeCloseTo(1, 9)
    expect(sampleRatioP([2, 0], [0.5, 0.5])).toBeCloseTo((0.5 * 101) / 51, 9)
    expect(sampleRatioP([3, 0], [0.5, 0.5])).toBeCloseTo(((0.25 * 101) / 51) * (102 / 52), 9)
    expect(sampleRatioP([0, 0], [0.3, 0.7])).toBe(1)
  })

  it('finds a split that is not the configured one, and accepts the configured one however often it looks', () => {
    expect(sampleRatioP([5300, 4700], [0.5, 0.5])).toBeLessThan(0.001)
    expect(sampleRatioP([5050, 4950], [0.5, 0.5])).toBeGreaterThan(0.5)
    let alarms = 0
    for (let seed = 1; seed <= 400; seed++) {
      const random = new Random(seed, 'split')
      const counts = [0, 0, 0]
      let lowest = 1
      for (let user = 0; user < 3000; user++) {
        const draw = random.uniform()
        counts[draw < 0.2 ? 0 : draw < 0.5 ? 1 : 2]++
        if (user % 10 === 0) lowest = Math.min(lowest, sampleRatioP(counts, [0.2, 0.3, 0.5]))
      }
      if (lowest < 0.05) alarms++
    }
    expect(alarms).toBeLessThanOrEqual(20)
  })
})
