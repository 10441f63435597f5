import { describe, expect, it } from 'vitest'
import { DAY } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

const shown = (itemId: string, userId = 'ann') => ({ eventType: 'impression', itemId, userId })
const click = (itemId: string, userId = 'ann') => ({ eventType: 'click', itemId, userId })

describe('the click rate of a user', () => {
  it('is clicks per item that the user was shown, smoothed towards the rate of the shop', async () => {
    const shop = await Shop.open()
    await shop.record(shown('i1'), shown('i2'), click('i1'), shown('i1', 'bob'), shown('i2', 'bob'))
    // The shop: 1 click of 4; m = 20.
    expect(await shop.feature('user_ctr_30d')).toBeCloseTo((1 + 5) / (2 + 20), 6)
    expect(await shop.feature('user_ctr_30d', 'i1', { userId: 'bob' })).toBeCloseTo((0 + 5) / (2 + 20), 6)
    expect(await shop.feature('user_ctr_30d', 'i1', { userId: 'new' })).toBeCloseTo(1 / 4, 6)
  })

  it('decays with a half-life of 30 days, and a click decays from its impression on', async () => {
    const shop = await Shop.open()
    await shop.record(shown('i1'), shown('i2'))
    shop.clock.advance(DAY)
    await shop.record(click('i1'))
    shop.clock.advance(29 * DAY)
    // Half of two impressions and of one click are left; the shop has 1 click of 2 at whatever time.
    expect(await shop.feature('user_ctr_30d')).toBeCloseTo((0.5 + 10) / (1 + 20), 6)
  })

  it('is missing while the shop has shown nothing', async () => {
    const shop = await Shop.open()
    await shop.record(click('i1'))
    expect(await shop.feature('user_ctr_30d')).toBeNaN()
  })
})
