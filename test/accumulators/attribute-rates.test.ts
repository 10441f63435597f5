import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/state/decay.ts'
import { Shop } from '../support/features.ts'

describe('attribute rates', () => {
  it('decay the weight of events on all items of a value', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { brand: 'acme' })
    await shop.upsert('i2', { brand: 'acme' })
    await shop.view('i1')
    await shop.record({ eventType: 'add_to_cart', itemId: 'i2' })
    expect(await shop.feature('brand_popularity_1d')).toBeCloseTo(7, 5)
    shop.clock.advance(DAY)
    expect(await shop.feature('brand_popularity_1d')).toBeCloseTo(3.5, 5)
    expect(await shop.feature('brand_popularity_7d')).toBeCloseTo(7 * 2 ** (-1 / 7), 5)
  })

  it('compare the last hour with the week', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { brand: 'acme' })
    await shop.view('i1')
    shop.clock.advance(HOUR)
    // An hour after one event of weight 1: 0.693147 an hour by the short half-life, 0.997937 by the long one.
    expect(await shop.feature('brand_trend_1h_7d')).toBeCloseTo(Math.log((Math.LN2 + 0.25) / (0.997937 + 0.25)), 5)
  })

  it('smooth the click rate of a value towards that of the shop', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { category: 'shoes' })
    await shop.upsert('i2', { category: 'hats' })
    for (const itemId of ['i1', 'i2']) for (let n = 0; n < 4; n++) await shop.record({ eventType: 'impression', itemId })
    await shop.record({ eventType: 'click', itemId: 'i1' })
    // The shop: 1 click of 8; m = 20.
    expect(await shop.features('category_ctr_7d', { itemIds: ['i1', 'i2'] })).toEqual([
      expect.closeTo((1 + 20 / 8) / (4 + 20), 5),
      expect.closeTo((0 + 20 / 8) / (4 + 20), 5),
    ])
  })

  it('count for every value of an item, and are read by the first', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { category: ['shoes', 'red'] })
    await shop.upsert('i2', { category: 'red' })
    await shop.view('i1')
    await shop.view('i2')
    expect(await shop.features('category_popularity_1d', { itemIds: ['i1', 'i2'] })).toEqual([1, 2])
  })

  it('are missing without a value, without an event, and when all events are too long ago', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { brand: 'acme' })
    expect(await shop.feature('brand_popularity_1d')).toBeNaN()
    await shop.view('i1', 'i2')
    expect(await shop.features('brand_popularity_1d', { itemIds: ['i1', 'i2'] })).toEqual([1, Number.NaN])
    shop.clock.advance(90 * DAY)
    expect(await shop.feature('brand_popularity_1d')).not.toBeNaN()
    shop.clock.advance(1)
    expect(await shop.feature('brand_popularity_1d')).toBeNaN()
  })
})
