import { describe, expect, it } from 'vitest'
import { DAY } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

describe('the favourites of a user', () => {
  it('are shares of the decayed weight of their actions, the largest first', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { category: 'shoes', brand: 'acme' })
    await shop.upsert('i2', { category: 'hats' })
    await shop.record({ eventType: 'add_to_cart', itemId: 'i1' })
    shop.clock.advance(14 * DAY)
    await shop.view('i2')
    await shop.record({ eventType: 'impression', itemId: 'i2' })
    // Shoes: half of 6; hats: 1.
    expect(await shop.breakdown('user_category_share')).toEqual([
      { key: 'shoes', value: expect.closeTo(0.75, 9) },
      { key: 'hats', value: expect.closeTo(0.25, 9) },
    ])
    expect(await shop.breakdown('user_brand_share')).toEqual([{ key: 'acme', value: 1 }])
    expect(await shop.features('pair_category_share', { itemIds: ['i2', 'without'] })).toEqual([
      expect.closeTo(0.25, 6),
      Number.NaN,
    ])
  })

  it('divide the weight of an item between its values, and a candidate gets the largest share of its values', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { category: ['shoes', 'red'] })
    await shop.upsert('i2', { category: 'red' })
    await shop.upsert('i3', { category: 'blue' })
    await shop.view('i1', 'i2')
    expect(await shop.features('pair_category_share', { itemIds: ['i1', 'i2', 'i3'] })).toEqual([0.75, 0.75, 0])
  })

  it('are at most 32: a new one takes the place of the lightest', async () => {
    const shop = await Shop.open()
    for (let n = 0; n < 33; n++) {
      await shop.upsert(`i${n}`, { category: `c${n}` })
      if (n < 32) await shop.view(...(n === 7 ? [`i${n}`] : [`i${n}`, `i${n}`]))
    }
    await shop.record({ eventType: 'purchase', itemId: 'i32' })
    const keys = (await shop.breakdown('user_category_share')).map(({ key }) => key)
    expect(keys).toHaveLength(32)
    expect(keys[0]).toBe('c32')
    expect(keys).not.toContain('c7')
  })

  it('are missing before the first action on an item with a value', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { category: 'shoes' })
    await shop.view('without')
    expect(await shop.breakdown('user_category_share')).toEqual([])
    expect(await shop.feature('pair_category_share')).toBeNaN()
  })
})
