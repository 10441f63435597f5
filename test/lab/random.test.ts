import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random, runningSums } from '../../lab/random.ts'

const DRAWS = 50_000

describe('Random', () => {
  it('draws the same for the same seed, and otherwise for another', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (left, right) => {
        const draws = (seed: number): number[] => {
          const random = new Random(seed, 'test')
          return Array.from({ length: 8 }, () => random.uniform())
        }
        expect(draws(left)).toEqual(draws(left))
        if (left !== right) expect(draws(left)).not.toEqual(draws(right))
      }),
    )
  })

  it('keeps its generator, so that earlier logs can be made again', () => {
    const random = new Random(1, 'shop')
    expect(Array.from({ length: 4 }, () => random.integer(0, 999_999))).toMatchInlineSnapshot(`
      [
        629546,
        844078,
        812330,
        394750,
      ]
    `)
  })

  it('stays within bounds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -100, max: 100 }), fc.nat(50), (seed, low, width) => {
        const random = new Random(seed)
        const whole = random.integer(low, low + width)
        expect(Number.isInteger(whole) && whole >= low && whole <= low + width).toBe(true)
        const rank = random.zipf(width + 1)
        expect(Number.isInteger(rank) && rank >= 0 && rank <= width).toBe(true)
        const real = random.uniform(low, low + width + 1)
        expect(real >= low && real < low + width + 1).toBe(true)
      }),
    )
  })

  it('has the moments of its distributions', () => {
    const random = new Random(2)
    const moments = (draw: () => number): { mean: number; deviation: number } => {
      const values = Array.from({ length: DRAWS }, draw)
      const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS
      return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS) }
    }
    const fiveErrors = (deviation: number): number => (5 * deviation) / Math.sqrt(DRAWS)
    const uniform = moments(() => random.uniform())
    expect(Math.abs(uniform.mean - 0.5)).toBeLessThan(fiveErrors(Math.sqrt(1 / 12)))
    expect(uniform.deviation).toBeCloseTo(Math.sqrt(1 / 12), 2)
    const normal = moments(() => random.normal(3, 2))
    expect(Math.abs(normal.mean - 3)).toBeLessThan(fiveErrors(2))
    expect(normal.deviation).toBeCloseTo(2, 1)
    const exponential = moments(() => random.exponential(4))
    expect(Math.abs(exponential.mean - 4)).toBeLessThan(fiveErrors(4))
    const logarithms = moments(() => Math.log(random.logNormal(5, 0.5)))
    expect(Math.abs(logarithms.mean - Math.log(5))).toBeLessThan(fiveErrors(0.5))
  })

  it('chooses by weight', () => {
    const random = new Random(3)
    const weights = [1, 0, 3, 6]
    const sums = runningSums(weights)
    const counts = [0, 0, 0, 0]
    for (let draw = 0; draw < DRAWS; draw++) counts[random.weighted(sums)]!++
    expect(counts[1]).toBe(0)
    for (const [index, weight] of weights.entries()) {
      const share = weight / 10
      expect(Math.abs(counts[index]! - DRAWS * share)).toBeLessThanOrEqual(5 * Math.sqrt(DRAWS * share * (1 - share)))
    }
  })

  it('draws ranks with a probability that falls as a power', () => {
    const random = new Random(4)
    const counts = new Float64Array(100)
    for (let draw = 0; draw < DRAWS; draw++) counts[random.zipf(100, 0.8)]!++
    for (const [rank, count] of counts.entries()) {
      // The share of x^-0.8 that lies between this rank and the next, of all between 1 and 101.
      const share = ((rank + 2) ** 0.2 - (rank + 1) ** 0.2) / (101 ** 0.2 - 1)
      expect(Math.abs(count - DRAWS * share), `rank ${rank}`).toBeLessThan(5 * Math.sqrt(DRAWS * share))
    }
  })

  it('shuffles a copy, every order as likely', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer()), (seed, values) => {
        const before = [...values]
        const shuffled = new Random(seed).shuffle(values)
        expect(values).toEqual(before)
        expect(shuffled.toSorted((a, b) => a - b)).toEqual(before.toSorted((a, b) => a - b))
      }),
    )
    const random = new Random(5)
    const orders = new Map<string, number>()
    for (let draw = 0; draw < 12_000; draw++) {
      const order = random.shuffle(['a', 'b', 'c']).join('')
      orders.set(order, (orders.get(order) ?? 0) + 1)
    }
    expect(orders.size).toBe(6)
    for (const count of orders.values()) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt((12_000 * 5) / 36))
  })
})
