import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/time-units.ts'
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

  it('count an event for every value of its item, and use the first value of a candidate', async () => {
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

describe('rates of a value', () => {
  const shown = (itemId: string, position: number) => ({
    eventType: 'impression',
    itemId,
    eventAttributes: { surface: 'home', position },
  })

  it('are counted over a week, and per view', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { brand: 'acme' })
    await shop.upsert('i2', { brand: 'bolt' })
    await shop.view('i1', 'i1', 'i2', 'i2')
    await shop.record(
      { eventType: 'add_to_cart', itemId: 'i1' },
      { eventType: 'purchase', itemId: 'i1' },
      { eventType: 'purchase', itemId: 'i1' },
    )
    const both = (name: string) => shop.features(name, { itemIds: ['i1', 'i2'] })
    // The shop: 1 cart and 2 purchases of 4 views; m = 20.
    const rate = (hits: number, prior: number) => expect.closeTo((hits + 20 * prior) / (2 + 20), 6)
    expect(await both('brand_cart_rate_7d')).toEqual([rate(1, 0.25), rate(0, 0.25)])
    expect(await both('brand_purchase_rate_7d')).toEqual([rate(2, 0.5), rate(0, 0.5)])
    expect(await both('brand_views_7d')).toEqual([2, 2])
    expect(await both('brand_purchases_7d')).toEqual([2, 0])
    expect(await shop.feature('brand_popularity_1h')).toBeCloseTo(2 + 6 + 6, 5)
    shop.clock.advance(HOUR)
    expect(await shop.feature('brand_popularity_1h')).toBeCloseTo(7, 5)
    shop.clock.advance(7 * DAY - HOUR)
    expect(await both('brand_views_7d')).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)])
    expect(await shop.feature('brand_carts_7d')).toBeCloseTo(0.5, 5)
  })

  it('compare clicks with those that the positions would have brought', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { brand: 'acme' })
    expect(await shop.feature('brand_coec_7d')).toBeNaN()
    await shop.record(shown('i9', 1), { eventType: 'click', itemId: 'i9', eventAttributes: { surface: 'home', position: 1 } })
    // Position 1 has 1 click of 1, as the shop has.
    await shop.record(shown('i1', 1))
    expect(await shop.feature('brand_coec_7d')).toBeCloseTo((0 + 1) / (1 + 1), 6)
    expect(await shop.feature('brand_impressions_7d')).toBe(1)
  })

  it('are kept for the surface too, each event once, and read by the surface of the request', async () => {
    const shop = await Shop.open()
    await shop.record(shown('i1', 1), shown('i2', 2), { eventType: 'click', itemId: 'i1', eventAttributes: { surface: 'home' } })
    await shop.record({ eventType: 'purchase', itemId: 'i2', eventAttributes: { surface: 'cart' } })
    const on = (name: string, surface?: string) => shop.feature(name, 'i1', { ...(surface && { surface }) })
    expect([await on('surface_impressions_7d', 'home'), await on('surface_clicks_7d', 'home')]).toEqual([2, 1])
    expect([await on('surface_popularity_1d', 'home'), await on('surface_popularity_1d', 'cart')]).toEqual([1, 3])
    expect(await on('surface_purchases_7d', 'cart')).toBe(1)
    // The shop: 1 click of 2; m = 20.
    expect(await on('surface_ctr_7d', 'home')).toBeCloseTo((1 + 10) / (2 + 20), 6)
    expect(await on('surface_ctr_7d', 'unheard of')).toBeNaN()
    expect(await on('surface_ctr_7d')).toBeNaN()
  })
})
