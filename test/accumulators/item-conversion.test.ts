import { describe, expect, it } from 'vitest'
import { defineDomain } from '../../src/domain/define-domain.ts'
import { DAY } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

describe('the conversion of an item', () => {
  it('is carts and purchases per view, smoothed towards those of the shop', async () => {
    const shop = await Shop.open()
    for (let n = 0; n < 5; n++) await shop.view('i1', 'i1', 'i2', 'i2')
    await shop.record(...['add_to_cart', 'bookmark', 'purchase'].map((eventType) => ({ eventType, itemId: 'i1' })))
    // The shop: 2 carts and 1 purchase of 20 views; m = 20.
    expect(await shop.features('item_cart_rate_7d', { itemIds: ['i1', 'i2'] })).toEqual([
      expect.closeTo((2 + 2) / (10 + 20), 6),
      expect.closeTo((0 + 2) / (10 + 20), 6),
    ])
    expect(await shop.features('item_purchase_rate_7d', { itemIds: ['i1', 'i2'] })).toEqual([
      expect.closeTo((1 + 1) / (10 + 20), 6),
      expect.closeTo((0 + 1) / (10 + 20), 6),
    ])
  })

  it('is missing while the shop has no views, and when the item and the shop are forgotten', async () => {
    const shop = await Shop.open()
    await shop.record({ eventType: 'purchase', itemId: 'i1' })
    expect(await shop.feature('item_purchase_rate_7d')).toBeNaN()
    await shop.view('i1')
    expect(await shop.feature('item_purchase_rate_7d')).not.toBeNaN()
    shop.clock.advance(90 * DAY + 1)
    expect(await shop.feature('item_purchase_rate_7d')).toBeNaN()
  })
})

describe('a rate', () => {
  it('is at most 1, unless it is per view and says that it can be above 1', async () => {
    const domain = defineDomain({ extends: 'e-commerce', name: 'rates', accumulators: { item_goals: true } })
    const shop = await Shop.open({ domain })
    await shop.upsert('i1', { category: 'shoes', brand: 'acme' })
    const eventAttributes = { surface: 'home' }
    await shop.record(...['impression', 'view'].map((eventType) => ({ eventType, itemId: 'i1', eventAttributes })))
    for (let n = 0; n < 30; n++)
      for (const eventType of ['purchase', 'add_to_cart', 'click'])
        await shop.record({ eventType, itemId: 'i1', userId: `u${n % 3}`, eventAttributes })
    const above: string[] = []
    for (const { name, unit = '', description, column } of shop.service.accumulators.features.values()) {
      if (!column || !['per view', 'clicks per impression', 'share'].includes(unit)) continue
      expect(description.includes('above 1'), name).toBe(unit === 'per view')
      if ((await shop.feature(name, 'i1', { surface: 'home' })) > 1) above.push(name)
    }
    // The clicks are views too.
    expect(above).toEqual([])
    await shop.record(
      ...Array.from({ length: 60 }, () => ({ eventType: 'purchase', itemId: 'i1', userId: 'bob', eventAttributes })),
    )
    for (const name of ['item_purchase_rate_7d', 'item_goal_rate_7d', 'brand_purchase_rate_7d', 'surface_purchase_rate_7d'])
      expect(await shop.feature(name, 'i1', { surface: 'home' }), name).toBeGreaterThan(1)
  })
})
