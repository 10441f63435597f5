import { describe, expect, it } from 'vitest'
import { DAY } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

async function shopWithPrices(): Promise<Shop> {
  const shop = await Shop.open()
  for (const [itemId, price] of Object.entries({ i1: 10, i10: 100, i100: 1000, free: 0 })) await shop.upsert(itemId, { price })
  return shop
}

describe('the price level of a user', () => {
  it('is the geometric mean price of items that the user acts on, by weight, decayed with a half-life of 30 days', async () => {
    const shop = await shopWithPrices()
    await shop.record({ eventType: 'add_to_cart', itemId: 'i1' })
    shop.clock.advance(30 * DAY)
    await shop.view('i100')
    await shop.record({ eventType: 'impression', itemId: 'i100' })
    // Weights 3 and 1 on the logs 1 and 3, base 10.
    expect(await shop.feature('user_price_mean')).toBeCloseTo(10 ** 1.5, 4)
  })

  it('says how many spreads an item is away', async () => {
    const shop = await shopWithPrices()
    await shop.view('i1', 'i100')
    // Mean 2 and spread 1, base 10.
    expect(await shop.features('pair_price_z', { itemIds: ['i1', 'i10', 'i100'] })).toEqual([
      ...[-1, 0, 1].map((z) => expect.closeTo(z, 5)),
    ])
  })

  it('takes a spread of at least 0.2', async () => {
    const shop = await shopWithPrices()
    await shop.view('i1')
    expect(await shop.feature('pair_price_z', 'i10')).toBeCloseTo(Math.log(10) / 0.2, 4)
  })

  it('is missing before the first action on an item with a price, and for an item without one', async () => {
    const shop = await shopWithPrices()
    await shop.view('unknown', 'free')
    expect(await shop.feature('user_price_mean')).toBeNaN()
    expect(await shop.feature('pair_price_z')).toBeNaN()
    await shop.view('i1')
    expect(await shop.features('pair_price_z', { itemIds: ['unknown', 'free'] })).toEqual([Number.NaN, Number.NaN])
  })
})
