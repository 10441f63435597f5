import { describe, expect, it } from 'vitest'
import { DAY } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

async function shopWithShoes(): Promise<Shop> {
  const shop = await Shop.open()
  await shop.upsert('i1', { category: 'shoes', price: 10 })
  await shop.upsert('i2', { category: 'shoes', price: 1000 })
  await shop.upsert('i3', { category: 'shoes', price: 50 })
  return shop
}

describe('the price of an item', () => {
  it('is compared with the geometric mean price of views in its category', async () => {
    const shop = await shopWithShoes()
    await shop.view('i1', 'i2')
    expect(await shop.features('item_price', { itemIds: ['i1', 'i3'] })).toEqual([10, 50])
    expect(await shop.feature('item_price_to_category', 'i3')).toBeCloseTo(50 / 100, 6)
  })

  it('forgets older views with a half-life of 30 days', async () => {
    const shop = await shopWithShoes()
    await shop.view('i1')
    shop.clock.advance(30 * DAY)
    await shop.view('i2')
    // Mean of the logs, base 10: (0.5 · 1 + 1 · 3)/1.5 = 7/3.
    expect(await shop.feature('item_price_to_category', 'i2')).toBeCloseTo(1000 / 10 ** (7 / 3), 5)
  })

  it('is missing without a price, its ratio without a category or an event in it', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { category: 'shoes' })
    await shop.upsert('i2', { price: 5 })
    await shop.upsert('i3', { category: 'hats', price: 5 })
    await shop.upsert('i4', { category: 'shoes', price: 0 })
    await shop.view('i1', 'i2', 'i4')
    expect(await shop.features('item_price', { itemIds: ['i1', 'i2'] })).toEqual([Number.NaN, 5])
    expect(await shop.features('item_price_to_category', { itemIds: ['i1', 'i2', 'i3', 'i4'] })).toEqual(
      new Array(4).fill(Number.NaN),
    )
  })
})
