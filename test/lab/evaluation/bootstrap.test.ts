import { describe, expect, it } from 'vitest'
import { ClusteredMeans } from '../../../lab/evaluation/bootstrap.ts'
import { Random } from '../../../lab/random.ts'

describe('means with intervals', () => {
  it('are those of the rows', () => {
    const means = new ClusteredMeans(2)
    means.add(1, [1, 0])
    means.add(1, [0, 0])
    means.add(2, [1, 0.5])
    expect(means.mean(0).value).toBeCloseTo(2 / 3, 12)
    expect(means.difference(0, 1).value).toBeCloseTo(0.5, 12)
    expect(means).toMatchObject({ rows: 3, clusters: 2 })
    expect(means.mean(1).low).toBe(0)
  })

  it('have a paired interval: variation that two methods share does not widen the interval of their difference', () => {
    const random = new Random(3)
    const means = new ClusteredMeans(2)
    for (let user = 0; user < 200; user++) {
      const level = random.uniform()
      means.add(user, [level, level + 0.01])
    }
    const { low, high } = means.difference(1, 0)
    expect(low).toBeCloseTo(0.01, 9)
    expect(high).toBeCloseTo(0.01, 9)
    expect(means.mean(0).high - means.mean(0).low).toBeGreaterThan(0.05)
  })

  it('have a paired interval of their ratio too, from the samples whose ratio exists', () => {
    const means = new ClusteredMeans(3)
    means.add(1, [2, 1, 0])
    means.add(2, [0, 0, 0])
    means.add(3, [4, 2, 0])
    const exact = { value: 2, low: 2, high: 2 }
    expect(means.ratio(0, 1)).toEqual(exact)
    expect(means.ratio(2, 2)).toEqual({ value: Number.NaN, low: Number.NaN, high: Number.NaN })
  })

  it('cover the truth about 95 times in 100 if rows of a user are alike', () => {
    const random = new Random(5)
    let covered = 0
    for (let trial = 0; trial < 200; trial++) {
      const means = new ClusteredMeans(1)
      for (let user = 0; user < 60; user++) {
        const level = random.chance(0.4) ? 1 : 0
        for (let row = 0; row < 10; row++) means.add(user, [level])
      }
      const { low, high } = means.mean(0)
      if (low <= 0.4 && 0.4 <= high) covered++
    }
    expect(covered / 200).toBeGreaterThan(0.89)
    expect(covered / 200).toBeLessThan(0.99)
  })
})
