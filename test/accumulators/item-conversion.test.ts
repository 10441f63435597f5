import { describe, expect, it } from 'vitest'
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
