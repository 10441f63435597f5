import { describe, expect, it } from 'vitest'
import { readKnownUser } from '../../src/slate/known-user.ts'
import { DAY } from '../../src/state/decay.ts'
import { Shop } from '../support/features.ts'

describe('the state of a user', () => {
  it('ends 90 days after the last event, except for attributes and version', async () => {
    const shop = await Shop.open()
    await shop.service.uploads.upsertUsers([{ userId: 'ann', attributes: { segment: 'vip' } }])
    await shop.view('i1')
    const {
      user: { version },
    } = await readKnownUser(shop.service, 'ann', shop.clock.now())
    shop.clock.advance(90 * DAY)
    expect(await shop.feature('user_events')).toBe(1)
    shop.clock.advance(1)
    expect(await shop.feature('user_events')).toBeNaN()
    const { user } = await readKnownUser(shop.service, 'ann', shop.clock.now())
    expect(user).toMatchObject({ isNew: true, version, latestEventId: '', attributes: { segment: 'vip' } })
  })

  it('begins anew with the next event', async () => {
    const shop = await Shop.open()
    await shop.view('i1', 'i1')
    shop.clock.advance(90 * DAY + 1)
    await shop.view('i1')
    expect(await shop.feature('user_events')).toBe(1)
    expect(await shop.feature('pair_views')).toBe(1)
  })
})

describe('the figures of an item', () => {
  it('end 90 days after its last event', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    shop.clock.advance(90 * DAY)
    expect(await shop.feature('item_views', 'i1', { userId: 'bob' })).toBe(1)
    shop.clock.advance(1)
    expect(await shop.feature('item_views', 'i1', { userId: 'bob' })).toBe(0)
    expect(await shop.feature('item_age_hours', 'i1', { userId: 'bob' })).toBeNaN()
  })
})
