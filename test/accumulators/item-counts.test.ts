import { describe, expect, it } from 'vitest'
import { Shop } from '../support/features.ts'

describe('the counts of an item', () => {
  it('count the events on it by their meaning', async () => {
    const shop = await Shop.open()
    const types = [
      'impression',
      'impression',
      'view',
      'view',
      'view',
      'click',
      'add_to_cart',
      'bookmark',
      'purchase',
      'like',
      'remove_from_cart',
    ]
    await shop.record(...types.map((eventType) => ({ eventType, itemId: 'i1' })))
    await shop.view('i2')
    const counts: Record<string, number[]> = {}
    for (const name of ['impressions', 'views', 'clicks', 'carts', 'purchases']) {
      counts[name] = await shop.features(`item_${name}`, { itemIds: ['i1', 'i2', 'never'] })
    }
    expect(counts).toEqual({
      impressions: [2, 0, 0],
      views: [3, 1, 0],
      clicks: [1, 0, 0],
      carts: [2, 0, 0],
      purchases: [1, 0, 0],
    })
  })
})
