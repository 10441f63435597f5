import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../lab/random.ts'
import { ALPHA, type BoundedDifference, DifferenceFamily, LEAST_CLUSTERS } from '../../../lab/verdicts/simultaneous-bounds.ts'
import { itWhenLong } from '../../support/long.ts'

interface Row {
  readonly user: number
  readonly differences: readonly number[]
}

const DRAWS = 399

function boundsOf(rows: readonly Row[], members = rows[0].differences.keys(), draws = DRAWS): BoundedDifference[] {
  const chosen = [...members]
  const family = new DifferenceFamily(chosen.length, draws)
  for (const { user, differences } of rows)
    family.add(
      user,
      chosen.map((member) => differences[member]),
    )
  return family.bounds()
}

/** Rows of 20 to 40 users with one to four rows each. Methods have levels of their own, and users too. */
const someRows = fc
  .record({ seed: fc.nat(), users: fc.integer({ min: LEAST_CLUSTERS, max: 40 }), methods: fc.integer({ min: 2, max: 6 }) })
  .map(({ seed, users, methods }): Row[] => {
    const random = new Random(seed, 'rows')
    const levels = Array.from({ length: methods }, () => random.normal(0, 0.3))
    return Array.from({ length: users }, (_, user) => {
      const ofUser = random.normal(0, 0.5)
      return Array.from({ length: random.integer(1, 4) }, () => ({
        user,
        differences: levels.map((level) => level + ofUser + random.normal()),
      }))
    }).flat()
  })

/** A symmetric studentised bootstrap interval over users, as a textbook computes it: with explicit rows. */
function studentised(rows: readonly Row[], draws: number): BoundedDifference {
  const users = [...new Set(rows.map(({ user }) => user))]
  const estimate = (sample: readonly (readonly Row[])[]) => {
    const all = sample.flat().map(({ differences: [value] }) => value)
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length
    const residuals = sample.map((ofUser) => ofUser.reduce((sum, { differences: [value] }) => sum + value - mean, 0))
    const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0)
    return { mean, error: Math.sqrt((squares * sample.length) / (sample.length - 1)) / all.length }
  }
  const byUser = users.map((user) => rows.filter((row) => row.user === user))
  const { mean, error } = estimate(byUser)
  const random = new Random(users.length, 'simultaneous bounds')
  const deviations = Array.from({ length: draws }, () => {
    const drawn = estimate(byUser.map(() => byUser[Math.floor(random.uniform() * users.length)]))
    return Math.abs(drawn.mean - mean) / drawn.error
  }).sort((a, b) => b - a)
  const critical = deviations[Math.round(ALPHA * (draws + 1)) - 1]
  const beyond = deviations.filter((deviation) => deviation >= Math.abs(mean) / error).length
  return { value: mean, low: mean - critical * error, high: mean + critical * error, p: (1 + beyond) / (draws + 1) }
}

/** Rows of methods that are equally good: each row is the difference of two draws that depend on the user alike. */
function equalMethods(random: Random, users: number, methods: number): Row[] {
  return Array.from({ length: users }, (_, user) => {
    const level = random.uniform(0, 0.4)
    return Array.from({ length: random.integer(1, 4) }, () => {
      const worth = () => (random.chance(level) ? 1 / random.integer(1, 20) : 0)
      const own = worth()
      return { user, differences: Array.from({ length: methods }, () => own - worth()) }
    })
  }).flat()
}

const excludes0 = ({ low, high }: BoundedDifference) => low > 0 || high < 0

describe('bounds of several differences at once', () => {
  it('are never narrower than those of one difference, nor are their p-values smaller', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        for (const [member, { value, low, high, p }] of boundsOf(rows).entries()) {
          const [single] = boundsOf(rows, [member].values())
          expect(single.value).toBe(value)
          expect(low).toBeLessThanOrEqual(single.low)
          expect(high).toBeGreaterThanOrEqual(single.high)
          expect(p).toBeGreaterThanOrEqual(single.p)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('exclude 0 where the p-value is at most alpha, and only there', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        for (const bounded of boundsOf(rows)) expect(bounded.p <= ALPHA).toBe(excludes0(bounded))
      }),
      { numRuns: 60 },
    )
  })

  it('of one difference alone are the plain studentised interval', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const [{ value, low, high, p }] = boundsOf(rows, [0].values())
        const plain = studentised(rows, DRAWS)
        expect(value).toBeCloseTo(plain.value, 9)
        expect(low).toBeCloseTo(plain.low, 6)
        expect(high).toBeCloseTo(plain.high, 6)
        expect(p).toBeCloseTo(plain.p, 9)
      }),
      { numRuns: 20 },
    )
  })

  it('count users, not rows: more rows of the same do not make them narrower', () => {
    const random = new Random(5)
    const rows = Array.from({ length: 50 }, (_, user) => ({ user, differences: [random.normal()] }))
    const [once] = boundsOf(rows)
    const [often] = boundsOf(Array.from({ length: 10 }, () => rows).flat())
    for (const key of ['value', 'low', 'high', 'p'] as const) expect(often[key]).toBeCloseTo(once[key], 9)
  })

  it('treat a method that ranks as the candidate does as equal', () => {
    const random = new Random(6)
    const rows = Array.from({ length: 50 }, (_, user) => ({ user, differences: [0, random.normal()] }))
    const [same, other] = boundsOf(rows)
    expect(same).toEqual({ value: 0, low: 0, high: 0, p: 1 })
    expect(other).toEqual(boundsOf(rows, [1].values())[0])
  })

  it('are finite if few users differ', () => {
    const rows = Array.from({ length: 100 }, (_, user) => ({ user, differences: [user < 2 ? 0.5 : 0] }))
    const [{ value, low, high }] = boundsOf(rows)
    expect(value).toBe(0.01)
    expect(low).toBeGreaterThan(-0.1)
    expect(low).toBeLessThanOrEqual(0)
    expect(high).toBeLessThan(0.1)
  })

  it('are unknown if there are fewer than 20 users', () => {
    const rows = Array.from({ length: LEAST_CLUSTERS - 1 }, (_, user) => ({ user, differences: [1 + user] }))
    expect(boundsOf(rows)).toEqual([{ value: 10, low: Number.NaN, high: Number.NaN, p: Number.NaN }])
  })

  /** 400 trials at .05 have a standard error of .011: the bounds are three of these away. */
  itWhenLong('find a difference between equal methods in about 5 of 100 trials, however many methods there are', () => {
    const random = new Random(7, 'equal methods')
    const trials = 400
    const found = Array.from({ length: trials }, () => boundsOf(equalMethods(random, 200, 10)).some(excludes0))
    const share = found.filter(Boolean).length / trials
    expect(share).toBeGreaterThan(0.05 - 0.033)
    expect(share).toBeLessThan(0.05 + 0.033)
  })

  it('find a planted loss among many equal methods', () => {
    const random = new Random(8, 'a loss')
    const planted = equalMethods(random, 400, 10).map(({ user, differences: [first, ...others] }) => ({
      user,
      differences: [first - 0.06, ...others],
    }))
    const [loss, ...equal] = boundsOf(planted)
    expect(loss.high).toBeLessThan(0)
    expect(loss.low).toBeGreaterThan(-0.12)
    expect(loss.p).toBeLessThan(0.01)
    expect(equal.filter(excludes0)).toEqual([])
  })
})
