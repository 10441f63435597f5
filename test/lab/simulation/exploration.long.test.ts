import { describe, expect, it } from 'vitest'
import { type Discovery, discover } from '../../../lab/simulation/discovery.ts'
import { discoveryTable } from '../../../lab/simulation/discovery-table.ts'
import { exploringDomain } from '../../../lab/simulation/simulated-domain.ts'
import { slotRegret } from '../../../lab/simulation/slot-regret.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'

const domain = exploringDomain(eCommerce, 'e-commerce')

describe('the regret of an exploration slot', () => {
  it('is smaller if the slot learns than if it draws evenly, and the same in every run', async () => {
    const regretOf = async (gamma: number) => {
      const points: number[] = []
      const { regret, clicks } = await slotRegret({ domain, seed: 2, rounds: 300, gamma, onPoint: (round) => points.push(round) })
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
  it('shows new items on merit sooner with slots, if slates are the only way to an item', async () => {
    const feed = { domain, seed: 1, items: 300, shoppers: 500, days: 5, listings: 0, model: 'default' }
    const none = await discover({ ...feed, times: 0 })
    const slots = await discover({ ...feed, times: 1 })
    const unseen = ({ arrivals }: Discovery) =>
      arrivals.reduce((hours, { after, watched }) => hours + (after.first ?? watched), 0) / arrivals.length
    expect(unseen(slots)).toBeLessThan(unseen(none))
    const table = discoveryTable([
      { times: 0, seed: 1, ...none },
      { times: 1, seed: 1, ...slots },
    ])
    expect(table).toContainEqual(expect.stringMatching(/^\| none \| 0\.0 % \|/))
    expect(table).toContainEqual(expect.stringMatching(/^\| the shop's \| \d+\.\d % \|/))
    // Pages that the shop sorts itself report no impressions, only views.
    const known = slots.standings.filter(({ impressions }) => impressions > 0)
    expect(known.length).toBeGreaterThan(20)
    for (const { watched } of slots.standings) expect(watched).toBe(48)
  })
})
