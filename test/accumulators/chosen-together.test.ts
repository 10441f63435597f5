import { describe, expect, it } from 'vitest'
import { basketOf, TOGETHER } from '../../src/accumulators/item-to-item.ts'
import { decayedValue } from '../../src/state/decay.ts'
import { itemKey } from '../../src/state/slots.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { featureInput, Shop } from '../support/features.ts'
import { START } from '../support/settable-clock.ts'

/** What is chosen together with the item, and how much, now. */
async function together(shop: Shop, itemId: string): Promise<Record<string, number>> {
  const { store, clock } = shop.service
  await store.settle()
  const [{ members, scores, epoch }] = await store.readSets([{ entity: itemKey(itemId), set: TOGETHER, limit: 100 }])
  const values = members.map((member, i) => [member, decayedValue(scores[i], epoch, clock.now(), TOGETHER.halfLife)] as const)
  return Object.fromEntries(values.map(([member, value]) => [member, Math.round(value * 1e3) / 1e3]))
}

const cart = (itemId: string, userId = 'ann') => ({ eventType: 'add_to_cart', itemId, userId })
const uncart = (itemId: string) => ({ eventType: 'remove_from_cart', itemId })
const buy = (itemId: string, userId = 'ann') => ({ eventType: 'purchase', itemId, userId })
const basket = async (shop: Shop, userId = 'ann') =>
  basketOf((await featureInput(shop.service, { userId })).user, shop.clock.now())

describe('items that are chosen together', () => {
  it('gain 1 with each other in a cart and 1 more when both are bought, in both directions, and repeats add nothing', async () => {
    const shop = await Shop.open()
    await shop.record(cart('a'), cart('b'), cart('a'), cart('b'))
    expect([await together(shop, 'a'), await together(shop, 'b')]).toEqual([{ b: 1 }, { a: 1 }])
    await shop.record(buy('a'))
    // b stands at 1: nothing more in common yet.
    expect(await together(shop, 'a')).toEqual({ b: 1 })
    await shop.record(buy('b'), buy('b'))
    expect([await together(shop, 'a'), await together(shop, 'b')]).toEqual([{ b: 2 }, { a: 2 }])
  })

  it('are those that any user puts into one basket, while views count nothing', async () => {
    const shop = await Shop.open()
    await shop.view('a', 'x')
    await shop.record(cart('a'), cart('b'), cart('a', 'bob'), cart('b', 'bob'), cart('c', 'bob'))
    expect(await together(shop, 'a')).toEqual({ b: 2, c: 1 })
    expect(await together(shop, 'c')).toEqual({ a: 1, b: 1 })
    expect(await together(shop, 'x')).toEqual({})
  })

  it('are chosen within a day of each other', async () => {
    const shop = await Shop.open()
    await shop.record(cart('a'))
    shop.clock.advance(DAY)
    await shop.record(cart('b'))
    shop.clock.advance(HOUR)
    await shop.record(cart('c'))
    expect(await together(shop, 'a')).toMatchObject({ b: expect.closeTo(1, 1) })
    expect(Object.keys(await together(shop, 'c'))).toEqual(['b'])
    expect(await basket(shop)).toEqual(['c', 'b'])
    shop.clock.advance(2 * DAY)
    expect(await basket(shop)).toEqual([])
  })

  it('stay chosen when the shop empties the cart after the purchase', async () => {
    const shop = await Shop.open()
    await shop.record(cart('a'), cart('b'), buy('a'), uncart('a'), uncart('b'), cart('c'))
    expect(await basket(shop)).toEqual(['c', 'a'])
    expect(await together(shop, 'c')).toEqual({ a: 1 })
  })

  it('exclude an item that was taken out of the cart, until it is put in again', async () => {
    const shop = await Shop.open()
    await shop.record(cart('a'), uncart('a'), cart('b'))
    expect(await together(shop, 'b')).toEqual({})
    expect(await basket(shop)).toEqual(['b'])
    await shop.record(cart('a'))
    expect(await together(shop, 'b')).toEqual({ a: 1 })
  })

  it('gain the same if an event arrives late, and nothing with items chosen long after it', async () => {
    const shop = await Shop.open()
    shop.clock.advance(3 * DAY)
    await shop.record({ ...cart('b'), timestamp: START + 2 * DAY }, { ...cart('a'), timestamp: START + 2 * DAY - HOUR })
    expect(await together(shop, 'b')).toEqual({ a: expect.closeTo(1, 1) })
    await shop.record({ ...cart('z'), timestamp: START })
    expect(await together(shop, 'z')).toEqual({})
    // The basket ends a day after each.
    expect(await basket(shop)).toEqual(['b'])
  })

  it('are bounded: the latest ten of a basket, and the best for one item', async () => {
    const shop = await Shop.open()
    for (let i = 0; i < 40; i++) await shop.record(cart('a', `user${i}`), cart(`b${i}`, `user${i}`))
    expect(Object.keys(await together(shop, 'a')).length).toBeLessThanOrEqual(TOGETHER.capacity)
    for (let i = 0; i < 12; i++) await shop.record(cart(`c${i}`))
    expect(await basket(shop)).toEqual(Array.from({ length: 10 }, (_, i) => `c${11 - i}`))
  })

  it('include those of both ids after a merge', async () => {
    const shop = await Shop.open()
    await shop.record(cart('a', 'anonymous'), cart('b', 'anonymous'))
    await shop.record(cart('c'), cart('a'))
    await shop.service.people.merge('anonymous', 'ann')
    expect(new Set(await basket(shop))).toEqual(new Set(['a', 'b', 'c']))
    await shop.record(cart('d'))
    expect(new Set(Object.keys(await together(shop, 'd')))).toEqual(new Set(['a', 'b', 'c']))
  })

  it('give a feature: the rank of a candidate among the items that go with the basket', async () => {
    const shop = await Shop.open()
    const ranks = Float64Array.from([2, Number.NaN])
    const sources = new Map([['chosen_together', { ranks, scores: ranks, generatedAt: Number.NaN }]])
    expect(await shop.features('item_together_rank', { itemIds: ['x', 'y'], sources })).toEqual([2, Number.NaN])
    expect(await shop.features('item_together_rank', { itemIds: ['x'] })).toEqual([Number.NaN])
  })
})
