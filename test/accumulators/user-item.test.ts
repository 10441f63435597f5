import { describe, expect, it } from 'vitest'
import { recentlySeen } from '../../src/accumulators/user-item.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { DAY, MINUTE, SECOND } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

describe('what a user did with an item', () => {
  it('is counted by kind, with the time since each', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    await shop.record(...['click', 'add_to_cart', 'purchase'].map((eventType) => ({ eventType, itemId: 'i1' })))
    shop.clock.advance(MINUTE)
    await shop.record({ eventType: 'like', itemId: 'i1' })
    shop.clock.advance(SECOND)
    const names = [
      'views',
      'clicks',
      'carts',
      'purchases',
      'seconds_since_view',
      'seconds_since_cart',
      'seconds_since_purchase',
      'seconds_since_action',
    ]
    const ofPair = await Promise.all(names.map((name) => shop.feature(`pair_${name}`)))
    expect(ofPair).toEqual([1, 1, 1, 1, 61, 61, 61, 1])
    const ofStranger = await Promise.all(names.map((name) => shop.feature(`pair_${name}`, 'i2')))
    expect(ofStranger).toEqual([0, 0, 0, 0, Number.NaN, Number.NaN, Number.NaN, Number.NaN])
  })

  it('ends 30 days after the last action on it', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    shop.clock.advance(30 * DAY)
    expect(await shop.feature('pair_views')).toBe(1)
    shop.clock.advance(1)
    expect(await shop.feature('pair_views')).toBe(0)
    expect(await shop.feature('pair_seconds_since_view')).toBeNaN()
  })

  it('is ordered by time: a late event does not count as the latest, and does not displace a later one', async () => {
    const shop = await Shop.open()
    const items = Array.from({ length: 150 }, (_, n) => `later${n}`)
    await shop.view(...items)
    await shop.record({ eventType: 'view', itemId: 'late', timestamp: shop.clock.now() - MINUTE })
    const { user } = await readKnownUser(shop.service, 'ann', shop.clock.now())
    expect(recentlySeen(user, shop.clock.now(), DAY).map(({ itemId }) => itemId)).toEqual(items.reverse())

    const another = await Shop.open()
    await another.record({ eventType: 'view', itemId: 'first', timestamp: another.clock.now() - 2 * MINUTE })
    await another.view('last')
    await another.record({ eventType: 'view', itemId: 'between', timestamp: another.clock.now() - MINUTE })
    const seen = recentlySeen((await readKnownUser(another.service, 'ann', another.clock.now())).user, another.clock.now(), DAY)
    expect(seen.map(({ itemId }) => itemId)).toEqual(['last', 'between', 'first'])
  })

  it('starts from nothing after that, whatever the user did with other items in between', async () => {
    for (const between of [[], ['i2']]) {
      const shop = await Shop.open()
      await shop.view('i1')
      await shop.record({ eventType: 'impression', itemId: 'i1' })
      shop.clock.advance(30 * DAY + 1)
      await shop.view(...between)
      await shop.view('i1')
      expect(await shop.feature('pair_views')).toBe(1)
      await shop.record({ eventType: 'impression', itemId: 'i1' })
      expect(await shop.feature('pair_ignored')).toBe(1)
    }
  })

  it('is kept for the latest 150 items', async () => {
    const shop = await Shop.open()
    const items = Array.from({ length: 151 }, (_, n) => `i${n}`)
    await shop.view(...items)
    expect(await shop.features('pair_views', { itemIds: ['i0', 'i1', 'i150'] })).toEqual([0, 1, 1])
    const { user } = await readKnownUser(shop.service, 'ann', shop.clock.now())
    expect(recentlySeen(user, shop.clock.now(), DAY).map(({ itemId }) => itemId)).toEqual(items.slice(1).reverse())
  })
})

describe('impressions without an action', () => {
  it('are counted since the last action on the item', async () => {
    const shop = await Shop.open()
    const shown = { eventType: 'impression', itemId: 'i1' }
    await shop.record(shown, shown)
    expect(await shop.features('pair_ignored', { itemIds: ['i1', 'i2'] })).toEqual([2, 0])
    await shop.record({ eventType: 'click', itemId: 'i1' }, shown)
    expect(await shop.feature('pair_ignored')).toBe(1)
    shop.clock.advance(30 * DAY + 1)
    expect(await shop.feature('pair_ignored')).toBe(0)
  })

  it('start from 0 if the item was not shown for 30 days', async () => {
    const shop = await Shop.open()
    const shown = { eventType: 'impression', itemId: 'i1' }
    await shop.record(shown, shown)
    shop.clock.advance(30 * DAY + 1)
    await shop.record(shown)
    expect(await shop.feature('pair_ignored')).toBe(1)
  })
})
