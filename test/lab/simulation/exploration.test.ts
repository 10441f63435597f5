import { describe, expect, it } from 'vitest'
import { discover } from '../../../lab/simulation/discovery.ts'
import { exploringDomain } from '../../../lab/simulation/simulated-domain.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'

const domain = exploringDomain(eCommerce, 'e-commerce')

describe('an open shop', () => {
  const shop = { domain, seed: 1, items: 100, shoppers: 60, days: 3, listings: 1, model: '' }

  it('explores as often as the settings say, and shows every new item', async () => {
    const without = await discover({ ...shop, times: 0 })
    const always = await discover({ ...shop, times: 3 })
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
