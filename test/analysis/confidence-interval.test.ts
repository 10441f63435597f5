import { describe, expect, it } from 'vitest'
import { Random } from '../../lab/random.ts'
import { difference, estimate, meanOf, rateOf } from '../../src/analysis/confidence-interval.ts'

const GROUPS = 32

/** Users of unlike taste come one after the other, each with some impressions; the sums by group after each of the looks. */
function* looks(random: Random, perLook: number, count: number) {
  const sums = { numerator: new Float64Array(GROUPS), denominator: new Float64Array(GROUPS) }
  for (let look = 0; look < count; look++) {
    for (let n = 0; n < perLook; n++) {
      const group = Math.floor(random.uniform() * GROUPS)
      const rate = random.uniform() < 0.5 ? 0.02 : 0.3
      const impressions = 1 + Math.floor(random.uniform() * 30)
      sums.denominator[group] += impressions
      for (let i = 0; i < impressions; i++) if (random.uniform() < rate) sums.numerator[group]++
    }
    yield sums
  }
}

/** Click rate over all impressions of such users. */
const TRUTH = 0.16

describe('the interval of a rate', () => {
  it('contains the rate at every look in 95 of 100 series, although intervals for single looks do not', () => {
    let [missed, missedByFixed, missedByOne] = [0, 0, 0]
    for (let seed = 1; seed <= 200; seed++) {
      let [out, outFixed, outOne] = [false, false, false]
      for (const sums of looks(new Random(seed, 'looks'), 40, 40)) {
        const rate = rateOf(sums)!
        const { low, high } = estimate(rate)
        const impressions = sums.denominator.reduce((a, b) => a + b)
        out ||= TRUTH < low || TRUTH > high
        outFixed ||= Math.abs(rate.value - TRUTH) > 1.96 * rate.standardError
        // As if each impression were another person's.
        outOne ||= Math.abs(rate.value - TRUTH) > 3.1 * Math.sqrt((rate.value * (1 - rate.value)) / impressions)
      }
      if (out) missed++
      if (outFixed) missedByFixed++
      if (outOne) missedByOne++
    }
    expect(missed).toBeLessThanOrEqual(10)
    expect(missedByFixed).toBeGreaterThan(40)
    expect(missedByOne).toBeGreaterThan(20)
  })

  it('says how many independent impressions would give the same certainty', () => {
    const random = new Random(1, 'independent')
    const [numerator, denominator] = [new Float64Array(GROUPS), new Float64Array(GROUPS)]
    for (let i = 0; i < 20_000; i++) {
      const group = Math.floor(random.uniform() * GROUPS)
      denominator[group]++
      if (random.uniform() < 0.1) numerator[group]++
    }
    const independent = rateOf({ numerator, denominator })!
    expect(independent.effectiveSamples).toBeGreaterThan(10_000)
    expect(independent.effectiveSamples).toBeLessThanOrEqual(20_000)
    const [alike] = [...looks(new Random(1, 'alike'), 1300, 1)]
    const clustered = rateOf(alike)!
    expect(clustered.effectiveSamples).toBeLessThan(0.5 * alike.denominator.reduce((a, b) => a + b))
  })

  it('has a width if nothing was clicked, and does not exist if nothing was shown', () => {
    const denominator = new Float64Array(GROUPS).fill(10)
    const { value, high } = estimate(rateOf({ numerator: new Float64Array(GROUPS), denominator })!)
    expect(value).toBe(0)
    expect(high).toBeGreaterThan(0.005)
    expect(rateOf({ numerator: new Float64Array(GROUPS), denominator: new Float64Array(GROUPS) })).toBeUndefined()
    const oneGroup = Float64Array.from({ length: GROUPS }, (_, group) => (group === 3 ? 10 : 0))
    expect(rateOf({ numerator: oneGroup, denominator: oneGroup })).toBeUndefined()
  })
})

describe('the interval of a mean', () => {
  it('is that of a ratio of sums, and the interval of a difference is wider than either', () => {
    const numerator = Float64Array.from({ length: GROUPS }, (_, group) => 100 + group)
    const denominator = new Float64Array(GROUPS).fill(10)
    const squares = new Float64Array(GROUPS).fill(5000)
    const mean = meanOf({ numerator, denominator }, squares)!
    expect(mean.value).toBeCloseTo(11.55, 10)
    const apart = difference(mean, mean)
    expect(apart.value).toBe(0)
    expect(apart.standardError).toBeCloseTo(mean.standardError * Math.SQRT2, 10)
    expect(apart.effectiveSamples).toBeCloseTo(mean.effectiveSamples / 2, 6)
  })
})
