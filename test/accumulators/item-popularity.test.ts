import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

describe('the popularity of an item', () => {
  it('is the weight of its events, decayed with half-lives of an hour, a day and a week', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    await shop.record({ eventType: 'add_to_cart', itemId: 'i1' }, { eventType: 'impression', itemId: 'i1' })
    shop.clock.advance(2 * HOUR)
    expect(await shop.feature('item_popularity_1h')).toBeCloseTo(7 / 4, 5)
    expect(await shop.feature('item_popularity_1d')).toBeCloseTo(7 * 2 ** (-2 / 24), 5)
    expect(await shop.feature('item_popularity_7d')).toBeCloseTo(7 * 2 ** (-2 / 168), 5)
    expect(await shop.feature('item_popularity_1h', 'never')).toBe(0)
  })

  it('counts a late event at its own time', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    await shop.record({ eventType: 'view', itemId: 'i1', timestamp: shop.clock.now() - 2 * DAY })
    expect(await shop.feature('item_popularity_1d')).toBeCloseTo(1 + 1 / 4, 5)
  })

  it('is decayed to the last event if that is later than now', async () => {
    const shop = await Shop.open()
    await shop.record({ eventType: 'view', itemId: 'i1', timestamp: shop.clock.now() + HOUR / 12 })
    expect(await shop.feature('item_popularity_1h')).toBeCloseTo(1, 6)
  })
})

describe('the trend of an item', () => {
  it('is that of its events minus that of the shop', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    shop.clock.advance(HOUR)
    expect(await shop.feature('item_trend_1h_7d')).toBeCloseTo(0, 6)
    // Of i1 an hour ago: 0.693147 and 0.997937 an hour. Of the shop: that and one event of now, with an age of an hour:
    // (0.5 + 1)·ln 2/0.5 = 2.079442 and (0.995883 + 1)·ln 2/(168·0.004117) = 2.000000.
    await shop.view('i2')
    const ofItem = Math.log((Math.LN2 + 0.25) / (0.997937 + 0.25))
    const ofShop = Math.log((2.079442 + 0.25) / (2.0 + 0.25))
    expect(await shop.feature('item_trend_1h_7d')).toBeCloseTo(ofItem - ofShop, 3)
  })

  it('is missing if no event on the item is known', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    expect(await shop.feature('item_trend_1h_7d', 'never')).toBeNaN()
  })
})
