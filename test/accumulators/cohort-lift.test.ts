import { describe, expect, it } from 'vitest'
import { CITIES } from '../support/cohort-shop.ts'
import { Shop } from '../support/features.ts'

const ITEMS = Array.from({ length: 40 }, (_, n) => `item-${n}`)

/** People of Graz act on the first twenty items, and people of Linz on the others: on the last of each twenty, nobody does. */
async function shopOf(categoryOf: (n: number) => string): Promise<Shop> {
  const shop = await Shop.open({ domain: CITIES })
  for (const [n, itemId] of ITEMS.entries()) await shop.upsert(itemId, { category: categoryOf(n) })
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
  it('is nothing of items with few actions each, if their category says nothing', async () => {
    expect(await sureLifts(await shopOf(() => 'tools'))).toEqual(ITEMS.map(() => 0))
  })

  it('is that of the category for its items with few actions each, and for one on which nobody acts', async () => {
    const lifts = await sureLifts(await shopOf((n) => (n < 20 ? 'saws' : 'drills')))
    expect(Math.min(...lifts.slice(0, 20))).toBeGreaterThan(0.1)
    // People of Graz have no actions in the other category.
    expect(Math.max(...lifts.slice(20).map(Math.abs))).toBe(0)
    expect(lifts[19]).toBe(lifts[0])
  })
})
