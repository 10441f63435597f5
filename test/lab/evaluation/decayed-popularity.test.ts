import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecayedPopularity } from '../../../lab/evaluation/decayed-popularity.ts'
import { DAY, HOUR } from '../../../src/time-units.ts'

const events = fc
  .array(fc.record({ item: fc.nat(5), weight: fc.constantFrom(0, 0.5, 1, 4), gap: fc.nat(3 * HOUR) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((drawn) => {
    let at = 1.7e12
    return drawn.map(({ item, weight, gap }) => {
      at += gap
      return { itemId: `i${item}`, weight, at }
    })
  })

describe('popularity with a half-life', () => {
  it('is the sum of the weights of the events, halved for each half-life since', () => {
    fc.assert(
      fc.property(events, fc.constantFrom(HOUR, DAY, 7 * DAY), (log, halfLife) => {
        const popularity = new DecayedPopularity(halfLife)
        for (const { itemId, weight, at } of log) popularity.learn(itemId, weight, at)
        const now = log.at(-1)!.at + HOUR
        const itemIds = [...new Set(log.map(({ itemId }) => itemId))]
        const expected = new Map(
          itemIds.map((id) => {
            const own = log.filter(({ itemId }) => itemId === id)
            return [id, own.reduce((sum, { weight, at }) => sum + weight * 0.5 ** ((now - at) / halfLife), 0)]
          }),
        )
        for (const [id, score] of expected) expect(popularity.scoreAt(id, now) / (score || 1)).toBeCloseTo(score === 0 ? 0 : 1, 6)
        const ranked = popularity.ranked().best(20)
        expect([...ranked].sort()).toEqual(itemIds.filter((id) => expected.get(id)! > 0).sort())
        for (let i = 1; i < ranked.length; i++)
          expect(expected.get(ranked[i - 1])!).toBeGreaterThanOrEqual(expected.get(ranked[i])! * (1 - 1e-6))
      }),
      { numRuns: 200 },
    )
  })

  it('still orders items after more half-lives than floating point has room for', () => {
    const popularity = new DecayedPopularity(HOUR)
    const years = 20 * 365 * DAY
    popularity.learn('old', 1, 0)
    popularity.learn('twice', 1, years)
    popularity.learn('twice', 1, years)
    popularity.learn('once', 1, years)
    popularity.learn('older', 1, -DAY)
    expect(popularity.ranked().best(4)).toEqual(['twice', 'once', 'old', 'older'])
    expect(popularity.ranked().best(1, new Set(['twice']))).toEqual(['once'])
  })
})
