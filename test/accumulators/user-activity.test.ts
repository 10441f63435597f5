import { describe, expect, it } from 'vitest'
import { DAY } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

describe('the activity of a user', () => {
  it('is events without impressions, in all and decayed with a half-life of a day', async () => {
    const shop = await Shop.open()
    await shop.view('i1', 'i2')
    await shop.record({ eventType: 'impression', itemId: 'i1' }, { eventType: 'search' })
    shop.clock.advance(DAY)
    await shop.view('i1')
    expect(await shop.feature('user_events')).toBe(4)
    expect(await shop.feature('user_events_1d')).toBeCloseTo(1 + 3 / 2, 6)
    expect(await shop.feature('user_days')).toBe(1)
  })

  it('says how often a user returns to an item', async () => {
    const shop = await Shop.open()
    await shop.record({ eventType: 'search' })
    expect(await shop.feature('user_repeat_rate')).toBeNaN()
    await shop.view('i1', 'i2', 'i1')
    await shop.record({ eventType: 'impression', itemId: 'i1' }, { eventType: 'add_to_cart', itemId: 'i1' })
    // Four actions on items, two of them on one that was known.
    expect(await shop.feature('user_repeat_rate')).toBe(0.5)
  })

  it('treats an item as new again after 30 days', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    shop.clock.advance(30 * DAY + 1)
    await shop.view('i1')
    expect(await shop.feature('user_repeat_rate')).toBe(0)
  })

  it('is counted by type, the most frequent first, for 32 types', async () => {
    const shop = await Shop.open()
    for (let n = 0; n < 33; n++) await shop.record({ eventType: `type ${n}` })
    await shop.record({ eventType: 'type 31' }, { eventType: 'type 32' })
    const types = await shop.breakdown('user_events_by_type')
    expect(types).toHaveLength(32)
    expect(types[0]).toEqual({ key: 'type 31', value: 2 })
    expect(await shop.feature('user_events')).toBe(35)
  })

  it('is missing for a user without events', async () => {
    const shop = await Shop.open()
    for (const name of ['user_events', 'user_events_1d', 'user_repeat_rate', 'user_days'])
      expect(await shop.feature(name)).toBeNaN()
  })
})
