import { describe, expect, it } from 'vitest'
import { crossFitted } from '../../../lab/off-policy/cross-fitted-rates.ts'
import { type Decision, estimateValue } from '../../../lab/off-policy/estimators.ts'
import { coverage, ESTIMATORS } from '../../../lab/off-policy/simulated-logs.ts'

const decision = (change: Partial<Decision>): Decision => ({
  reward: 0,
  propensity: 0.5,
  target: 0.5,
  foreseen: 0,
  foreseenOfTarget: 0,
  ...change,
})

/** With PROPERTY_FACTOR, as in `npm run test:long`, the thousand logs of the command. */
const RUNS = Math.min(1000, Math.ceil(150 * Number(process.env.PROPERTY_FACTOR ?? 1)))

describe('the value of another policy', () => {
  it('is the logged mean if both policies are the same', () => {
    const { ips, snips, dr, effectiveSample, clipped } = estimateValue([1, 0, 0, 1].map((reward) => decision({ reward })))
    for (const { value } of [ips, snips, dr]) expect(value).toBe(0.5)
    expect([effectiveSample, clipped]).toEqual([4, 0])
  })

  it('weighs decisions by how much more probable they are under the target', () => {
    const log = [
      decision({ reward: 1, propensity: 0.25, target: 0.5 }),
      decision({ reward: 0, propensity: 0.5, target: 0.25 }),
      decision({ reward: 1, propensity: 0.5, target: 0.25, foreseen: 0.4, foreseenOfTarget: 0.2 }),
    ]
    const { ips, snips, dr, effectiveSample } = estimateValue(log, 100)
    expect(ips.value).toBeCloseTo((2 + 0 + 0.5) / 3, 12)
    expect(snips.value).toBeCloseTo(2.5 / 3, 12)
    expect(dr.value).toBeCloseTo((2 + 0 + (0.2 + 0.5 * 0.6)) / 3, 12)
    expect(effectiveSample).toBeCloseTo(3 ** 2 / (4 + 0.25 + 0.25), 12)
  })

  it('has an interval: that of a mean, and for SNIPS by the delta method', () => {
    const log = Array.from({ length: 400 }, (_, i) => decision({ reward: i % 4 === 0 ? 1 : 0 }))
    const { ips, snips } = estimateValue(log)
    const reach = 1.959964 * Math.sqrt((0.25 * 0.75) / 399)
    for (const { value, low, high } of [ips, snips]) {
      expect(value).toBe(0.25)
      expect([low, high]).toEqual([expect.closeTo(0.25 - reach, 9), expect.closeTo(0.25 + reach, 9)])
    }
  })

  it('clips weights, by default at the root of the number of decisions, and says how many', () => {
    const rare = decision({ reward: 1, propensity: 0.001, target: 1 })
    const log = [rare, ...Array.from({ length: 99 }, () => decision({}))]
    expect(estimateValue(log)).toMatchObject({ clip: 10, clipped: 0.01, ips: { value: expect.closeTo(0.1, 12) } })
    expect(estimateValue(log, 1e6)).toMatchObject({ clipped: 0, ips: { value: expect.closeTo(10, 9) } })
  })

  it('cannot be estimated from no decisions', () => {
    expect(() => estimateValue([])).toThrow(RangeError)
  })

  it('is in 93 to 97 of 100 intervals, over simulated logs', () => {
    const { covered, truth, logging, bias, error, clipped } = coverage({ seed: 1, runs: RUNS, decisions: 5000 })
    // Three standard errors beside the band, where there are fewer logs than a thousand.
    const slack = RUNS < 1000 ? 3 * Math.sqrt((0.95 * 0.05) / RUNS) : 0
    for (const name of ESTIMATORS) {
      expect(covered[name]).toBeGreaterThan(0.93 - slack)
      expect(covered[name]).toBeLessThan(0.97 + slack)
      expect(Math.abs(bias[name])).toBeLessThan((4 * error[name]) / Math.sqrt(RUNS))
    }
    // The logs are of a policy that is far from as good, so that a plain mean is no estimate.
    expect(truth).toBeGreaterThan(logging + 3 * error.dr)
    expect(clipped).toBeLessThan(0.001)
  })
})

describe('a prediction of click rates', () => {
  it('does not depend on the reward that it predicts', () => {
    const log = Array.from({ length: 500 }, (_, i) => ({ group: i % 2 === 0 ? 'a' : 'b', reward: i % 4 === 0 ? 1 : 0 }))
    const before = crossFitted(log)
    for (const at of [0, 7, 123]) {
      const after = crossFitted(log.map((one, i) => (i === at ? { ...one, reward: 1 - one.reward } : one)))
      expect(after(at, log[at].group)).toBe(before(at, log[at].group))
      expect(after(at + 1, log[at].group)).not.toBe(before(at + 1, log[at].group))
    }
  })

  it('is the rate of the group, smoothed to that of all by fifty impressions', () => {
    const log = Array.from({ length: 1000 }, (_, i) => ({ group: i % 2 === 0 ? 'a' : 'b', reward: i % 4 === 0 ? 1 : 0 }))
    const foresee = crossFitted(log)
    expect(foresee(0, 'a')).toBeCloseTo((200 + 50 * 0.25) / (400 + 50), 1)
    expect(foresee(0, 'b')).toBeCloseTo((0 + 50 * 0.25) / (400 + 50), 1)
    expect(foresee(0, 'new')).toBeCloseTo(0.25, 1)
  })
})
