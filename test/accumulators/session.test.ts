import { describe, expect, it } from 'vitest'
import { MINUTE, SECOND } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

describe('a session', () => {
  it('is counted from its first event, without impressions', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    shop.clock.advance(10 * SECOND)
    const types = ['click', 'add_to_cart', 'remove_from_cart', 'purchase', 'search', 'impression']
    await shop.record(...types.map((eventType) => ({ eventType, itemId: 'i1' })))
    shop.clock.advance(20 * SECOND)
    expect(await shop.feature('session_length')).toBe(6)
    expect(await shop.feature('session_views')).toBe(2)
    expect(await shop.feature('session_carts')).toBe(1)
    expect(await shop.feature('session_purchases')).toBe(1)
    expect(await shop.feature('session_seconds')).toBe(30)
  })

  it('ends after 30 minutes without an event', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    shop.clock.advance(30 * MINUTE)
    expect(await shop.feature('session_length')).toBe(1)
    shop.clock.advance(1)
    expect(await shop.feature('session_length')).toBeNaN()
    await shop.view('i1')
    expect(await shop.feature('session_length')).toBe(1)
    expect(await shop.feature('session_seconds')).toBe(0)
  })

  it('is found by its id; without an id, the latest is used', async () => {
    const shop = await Shop.open()
    await shop.record(
      { eventType: 'view', itemId: 'i1', sessionId: 'phone' },
      { eventType: 'view', itemId: 'i1', sessionId: 'phone' },
    )
    shop.clock.advance(MINUTE)
    await shop.record({ eventType: 'view', itemId: 'i1', sessionId: 'laptop' })
    await shop.view('i1')
    expect(await shop.feature('session_length', 'i1', { sessionId: 'phone' })).toBe(2)
    expect(await shop.feature('session_length', 'i1', { sessionId: 'laptop' })).toBe(2)
    expect(await shop.feature('session_length')).toBe(2)
    expect(await shop.feature('session_length', 'i1', { sessionId: 'television' })).toBeNaN()
  })

  it('is one of at most three: a fourth replaces the one that had no event for the longest time', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { category: 'shoes' })
    for (const sessionId of ['a', 'b', 'c', 'a', 'd']) {
      shop.clock.advance(MINUTE)
      await shop.record({ eventType: 'view', itemId: 'i1', sessionId })
    }
    const lengths: Record<string, number> = {}
    for (const sessionId of ['a', 'b', 'c', 'd']) lengths[sessionId] = await shop.feature('session_length', 'i1', { sessionId })
    expect(lengths).toEqual({ a: 2, b: Number.NaN, c: 1, d: 1 })
    expect(await shop.breakdown('session_category_share', { sessionId: 'd' })).toEqual([{ key: 'shoes', value: 1 }])
  })

  it('that is live does not end because of a late event of a fourth session', async () => {
    const shop = await Shop.open()
    for (const sessionId of ['a', 'b', 'c']) {
      shop.clock.advance(MINUTE)
      await shop.record({ eventType: 'view', itemId: 'i1', sessionId })
    }
    await shop.record({ eventType: 'view', itemId: 'i1', sessionId: 'd', timestamp: shop.clock.now() - 5 * MINUTE })
    const lengths: Record<string, number> = {}
    for (const sessionId of ['a', 'b', 'c', 'd']) lengths[sessionId] = await shop.feature('session_length', 'i1', { sessionId })
    expect(lengths).toEqual({ a: 1, b: 1, c: 1, d: Number.NaN })
  })

  it('includes an event that arrives out of order, and begins with it', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    await shop.record({ eventType: 'view', itemId: 'i1', timestamp: shop.clock.now() - 20 * MINUTE })
    expect(await shop.feature('session_length')).toBe(2)
    expect(await shop.feature('session_seconds')).toBe(20 * 60)
  })

  it('has a mix of categories by the weight of its actions', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { category: 'shoes' })
    await shop.upsert('i2', { category: 'hats' })
    await shop.upsert('i3', { category: 'coats' })
    expect(await shop.feature('pair_session_category_share')).toBeNaN()
    await shop.view('i1')
    await shop.record({ eventType: 'purchase', itemId: 'i2' }, { eventType: 'impression', itemId: 'i3' })
    expect(await shop.breakdown('session_category_share')).toEqual([
      { key: 'hats', value: 0.75 },
      { key: 'shoes', value: 0.25 },
    ])
    expect(await shop.features('pair_session_category_share', { itemIds: ['i1', 'i2', 'i3', 'without'] })).toEqual([
      ...[0.25, 0.75, 0, Number.NaN],
    ])
  })
})
