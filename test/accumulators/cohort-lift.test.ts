import { describe, expect, it } from 'vitest'
import { CITIES } from '../support/cohort-shop.ts'
import { Shop } from '../support/features.ts'

const ITEMS = Array.from({ length: 40 }, (_, n) => `item-${n}`)

/** People of Graz act on the first twenty items, and people of Linz on the others: on the last of each twenty, nobody does. */
async function shopOf(attributesOf: (n: number) => { category: string; brand?: string }): Promise<Shop> {
  const shop = await Shop.open({ domain: CITIES })
  for (const [n, itemId] of ITEMS.entries()) await shop.upsert(itemId, attributesOf(n))
  await shop.service.uploads.upsertUsers(
    [...Array(120).keys()].map((n) => ({ userId: `user-${n}`, attributes: { city: n % 2 ? 'linz' : 'graz' } })),
  )
  for (let n = 0; n < 120; n++)
    for (const next of [0, 1])
      await shop.record({ userId: `user-${n}`, eventType: 'view', itemId: ITEMS[(n % 2 ? 20 : 0) + ((n + next) % 19)] })
  await shop.service.uploads.upsertUsers([{ userId: 'ann', attributes: { city: 'graz' } }])
  return shop
}

function sureLifts(shop: Shop, itemIds: readonly string[] = ITEMS): Promise<number[]> {
  return shop.features('cohort_sure_lift', { itemIds })
}

describe('what people alike surely like more', () => {
  it('is known of a brand whose items have few actions each, and of an item of it on which nobody acts', async () => {
    const lifts = await sureLifts(await shopOf((n) => ({ category: 'tools', brand: n < 20 ? 'acme' : 'zeta' })))
    expect(Math.min(...lifts.slice(0, 20))).toBeGreaterThan(0.1)
    expect(Math.max(...lifts.slice(20))).toBeLessThan(-0.1)
  })

  it('is nothing of items with few actions each that have no brand, or brands that say nothing', async () => {
    const without = await sureLifts(await shopOf(() => ({ category: 'tools' })))
    const halves = await sureLifts(await shopOf((n) => ({ category: 'tools', brand: n % 2 ? 'acme' : 'zeta' })))
    expect([...without, ...halves]).toEqual([...ITEMS, ...ITEMS].map(() => 0))
  })

  it('is that of the category if a brand is liked as its category is', async () => {
    const ofCategory = await sureLifts(await shopOf((n) => ({ category: n < 20 ? 'saws' : 'drills' })))
    const ofBoth = await sureLifts(
      await shopOf((n) => ({ category: n < 20 ? 'saws' : 'drills', brand: n < 20 ? 'acme' : 'zeta' })),
    )
    expect(ofCategory[0]).toBeGreaterThan(0.1)
    for (const [at, lift] of ofBoth.slice(0, 20).entries()) expect(lift).toBeCloseTo(ofCategory[at], 9)
  })
})
