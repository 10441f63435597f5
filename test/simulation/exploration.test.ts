import { describe, expect, it } from 'vitest'
import { discover } from '../../src/simulation/discovery.ts'
import { slotRegret } from '../../src/simulation/slot-regret.ts'

describe('the regret of an exploration slot', () => {
  it('is less where it learns than where it is drawn evenly, and the same in every run', { timeout: 120_000 }, async () => {
    const regretOf = async (gamma: number) => {
      const points: number[] = []
      const { regret, clicks } = await slotRegret({ seed: 2, rounds: 300, gamma, onPoint: (round) => points.push(round) })
      expect(points).toHaveLength(100)
      return { regret, clicks }
    }
    const evenly = await regretOf(1e-9)
    const learning = await regretOf(300)
    expect(learning.regret).toBeLessThan(0.85 * evenly.regret)
    expect(learning.clicks).toBeGreaterThan(evenly.clicks)
    expect(await regretOf(300)).toEqual(learning)
  })
})

describe('an open shop', () => {
  it('explores as often as it is told to, and sees every item that arrives', { timeout: 120_000 }, async () => {
    const open = (times: number) => discover({ seed: 1, items: 100, shoppers: 60, days: 3, times, model: '' })
    const [without, always] = [await open(0), await open(3)]
    expect(without.explored).toBe(0)
    expect(always.explored / always.impressions).toBeGreaterThan(0.04)
    expect(always.explored / always.impressions).toBeLessThan(0.15)
    expect(without.slots.size).toBe(0)
    // Where nothing is left to chance there is no slot; a category of so small a shop is shown whole.
    expect([...always.slots.keys()]).toEqual(['home'])
    for (const { impressions, clicks } of always.slots.values()) expect(clicks).toBeLessThan(impressions)
    for (const { arrivals } of [without, always]) {
      expect(arrivals.length).toBeGreaterThan(5)
      for (const { after, watched } of arrivals) {
        const { first = Number.POSITIVE_INFINITY, fifth = first, found = fifth } = after
        expect(fifth).toBeGreaterThanOrEqual(first)
        expect(found).toBeGreaterThanOrEqual(fifth)
        for (const hours of Object.values(after)) expect(hours).toBeLessThanOrEqual(watched)
      }
    }
    expect(always.arrivals.map(({ item }) => item.itemId)).toEqual(without.arrivals.map(({ item }) => item.itemId))
  })
})
