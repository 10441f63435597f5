import { describe, expect, it } from 'vitest'
import { recentItems, similarity } from '../../src/accumulators/item-to-item.ts'
import { news } from '../../src/domain/news.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { decayedValue } from '../../src/state/decay.ts'
import { itemKey } from '../../src/state/slots.ts'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'
import { START } from '../support/settable-clock.ts'

/** Co-occurrence of the item with each of its neighbours, now. */
async function neighbours(shop: Shop, itemId: string): Promise<Record<string, number>> {
  const { store, clock, domain } = shop.service
  const { neighbours: set } = domain.pairs
  const [{ members, scores, epoch }] = await store.readSets([{ entity: itemKey(itemId), set, limit: 1000 }])
  const values = members.map((member, i) => [member, decayedValue(scores[i], epoch, clock.now(), set.halfLife)] as const)
  return Object.fromEntries(values.map(([member, value]) => [member, Math.round(value * 1e6) / 1e6]))
}

const cart = (itemId: string) => ({ eventType: 'add_to_cart', itemId })

describe('item-to-item gains', () => {
  it('are 1 for a view of the next item, damped by 0.7 per item in between, and half in the other direction', async () => {
    const shop = await Shop.open()
    await shop.view('a', 'b', 'c')
    expect(await neighbours(shop, 'a')).toEqual({ b: 1, c: 0.7 })
    expect(await neighbours(shop, 'b')).toEqual({ c: 1, a: 0.5 })
    expect(await neighbours(shop, 'c')).toEqual({ b: 0.5, a: 0.35 })
  })

  it('count repeats among the latest ten once', async () => {
    const shop = await Shop.open()
    await shop.view('a', 'b', 'a', 'b', 'b')
    expect(await neighbours(shop, 'a')).toEqual({ b: 1 })
    expect(await neighbours(shop, 'b')).toEqual({ a: 0.5 })
  })

  it('use the lower of two weights, and add only the difference when a weight rises', async () => {
    const shop = await Shop.open()
    await shop.view('a', 'b')
    // b rises from 1 to 6, a stands at 1: nothing more in common.
    await shop.record(cart('b'))
    expect(await neighbours(shop, 'a')).toEqual({ b: 1 })
    // a rises from 1 to 6, b stands at 6: 5 more.
    await shop.record(cart('a'))
    expect(await neighbours(shop, 'b')).toEqual({ a: 0.5 + 5 })
    expect(await neighbours(shop, 'a')).toEqual({ b: 1 + 2.5 })
    // A purchase weighs less than the cart before it.
    await shop.record({ eventType: 'purchase', itemId: 'a' })
    expect(await neighbours(shop, 'b')).toEqual({ a: 5.5 })
  })

  it('are added again when an item returns to the cart after its removal', async () => {
    const shop = await Shop.open()
    await shop.record(cart('a'), cart('b'))
    expect(await neighbours(shop, 'a')).toEqual({ b: 6 })
    await shop.record({ eventType: 'remove_from_cart', itemId: 'b' })
    expect(await neighbours(shop, 'a')).toEqual({ b: 6 })
    await shop.record(cart('b'))
    expect(await neighbours(shop, 'a')).toEqual({ b: 11 })
  })

  it('of a late event equal those that it would have had in time', async () => {
    const shop = await Shop.open()
    const at = (ms: number, itemId: string) => ({ eventType: 'view', itemId, timestamp: START + ms })
    shop.clock.set(START + 10)
    await shop.record(at(1, 'a'), at(3, 'c'), at(2, 'b'))
    expect(await neighbours(shop, 'a')).toMatchObject({ b: 1 })
    expect(await neighbours(shop, 'b')).toEqual({ c: 1, a: 0.5 })
    expect(await neighbours(shop, 'c')).toMatchObject({ b: 0.5 })
    const { user } = await readKnownUser(shop.service, 'ann', shop.clock.now())
    expect(recentItems(user).map(({ itemId }) => itemId)).toEqual(['c', 'b', 'a'])
  })

  it('reach ten items back', async () => {
    const shop = await Shop.open()
    const items = Array.from({ length: 12 }, (_, n) => `i${n}`)
    await shop.view(...items)
    expect(Object.keys(await neighbours(shop, 'i0'))).toHaveLength(10)
    expect(await neighbours(shop, 'i1')).toMatchObject({ i11: Math.round(0.7 ** 9 * 1e6) / 1e6 })
    const { user } = await readKnownUser(shop.service, 'ann', shop.clock.now())
    expect(recentItems(user).map(({ itemId }) => itemId)).toEqual(items.slice(2).reverse())
  })

  it('count half after a year, or after the half-life of the domain', async () => {
    const shop = await Shop.open()
    await shop.view('a', 'b')
    shop.clock.advance(365 * DAY)
    expect(await neighbours(shop, 'a')).toEqual({ b: 0.5 })
    const paper = await Shop.open({ domain: news })
    await paper.view('a', 'b')
    paper.clock.advance(14 * DAY)
    expect(await neighbours(paper, 'a')).toEqual({ b: 0.5 })
  })

  it('do not come from impressions, nor from events that show no interest', async () => {
    const shop = await Shop.open()
    await shop.view('a')
    await shop.record({ eventType: 'impression', itemId: 'b' }, { eventType: 'wave', itemId: 'c' })
    expect(await neighbours(shop, 'a')).toEqual({})
  })

  it('keep a list of at most 128, trimmed to the 100 best', async () => {
    const shop = await Shop.open()
    for (let n = 0; n < 128; n++) {
      const userId = `u${n}`
      await shop.record({ eventType: 'view', itemId: 'hub', userId }, { eventType: 'view', itemId: `i${n}`, userId })
    }
    expect(Object.keys(await neighbours(shop, 'hub'))).toHaveLength(128)
    // One that matters twice as much must stay.
    for (const userId of ['x', 'y']) await shop.record({ ...cart('hub'), userId }, { ...cart('i5'), userId })
    await shop.record({ eventType: 'view', itemId: 'hub', userId: 'z' }, { eventType: 'view', itemId: 'one more', userId: 'z' })
    const held = await neighbours(shop, 'hub')
    expect(Object.keys(held)).toHaveLength(101)
    expect(held).toMatchObject({ i5: 13, 'one more': 1 })
  })
})

describe('the standing of an item to those of the session', () => {
  it('is c/((n_k + 1)^0.5 (n_j + 1)^0.3): to the latest one, the largest, and the mean', async () => {
    expect(similarity(3, 8, 0)).toBeCloseTo(3 / 3, 10)
    const shop = await Shop.open()
    // Another user makes x a neighbour of a and b.
    const bob = { userId: 'bob', eventType: 'view' }
    await shop.record({ ...bob, itemId: 'a' }, { ...bob, itemId: 'b' }, { ...bob, itemId: 'x' })
    await shop.view('a', 'b')
    // c_ax = 0.7, c_bx = 1; both a and b have strength 2, x has 1.
    const ofA = 0.7 / (3 ** 0.5 * 2 ** 0.3)
    const ofB = 1 / (3 ** 0.5 * 2 ** 0.3)
    expect(await shop.feature('session_item_cf_last', 'x')).toBeCloseTo(ofB, 6)
    expect(await shop.feature('session_item_cf_max', 'x')).toBeCloseTo(ofB, 6)
    expect(await shop.feature('session_item_cf_mean', 'x')).toBeCloseTo((ofA + ofB) / 2, 6)
    expect(await shop.feature('session_item_cf_max', 'unrelated')).toBe(0)
  })

  it('is missing without a session, or before its first action on an item', async () => {
    const shop = await Shop.open()
    await shop.view('a', 'b')
    shop.clock.advance(31 * MINUTE)
    expect(await shop.feature('session_item_cf_max', 'a')).toBeNaN()
    await shop.record({ eventType: 'search' })
    expect(await shop.feature('session_item_cf_max', 'a')).toBeNaN()
    await shop.view('c')
    // Only c is of this session.
    expect(await shop.feature('session_item_cf_mean', 'b')).toBeCloseTo(0.5 / (2 ** 0.5 * 2 ** 0.3), 3)
  })
})
