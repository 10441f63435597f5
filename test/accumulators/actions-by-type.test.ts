import { describe, expect, it } from 'vitest'
import { actedItems } from '../../src/accumulators/actions-by-type.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

async function acted(shop: Shop, eventTypes: readonly string[], userId = 'ann'): Promise<string[]> {
  const { user } = await readKnownUser(shop.service, userId, shop.clock.now())
  return actedItems(user, new Set(eventTypes)).map(({ itemId }) => itemId)
}

const numbered = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}${n}`)

describe('items of a user by event type', () => {
  it('come latest first, each once, even for a type that the domain does not declare', async () => {
    const shop = await Shop.open()
    const events = [
      ['like', 'i1'],
      ['purchase', 'i2'],
      ['like', 'i2'],
      ['wishlist', 'i3'],
      ['like', 'i1'],
    ] as const
    for (const [eventType, itemId] of events) {
      shop.clock.advance(MINUTE)
      await shop.record({ eventType, itemId })
    }
    await shop.record({ eventType: 'impression', itemId: 'i4' }, { eventType: 'search' }, { eventType: 'view', itemId: 'i5' })
    expect(await acted(shop, ['like'])).toEqual(['i1', 'i2'])
    expect(await acted(shop, ['purchase', 'wishlist'])).toEqual(['i3', 'i2'])
    expect(await acted(shop, ['like', 'purchase'])).toEqual(['i1', 'i2'])
    expect(await acted(shop, ['impression', 'search', 'view', 'never'])).toEqual([])
  })

  it('are ordered by time: a late event does not count as the latest', async () => {
    const shop = await Shop.open()
    await shop.record({ eventType: 'like', itemId: 'now' })
    await shop.record({ eventType: 'like', itemId: 'late', timestamp: shop.clock.now() - MINUTE })
    expect(await acted(shop, ['like'])).toEqual(['now', 'late'])
  })

  it('are known as long as the user, which is longer than pairs of user and item are known', async () => {
    const shop = await Shop.open()
    await shop.record({ eventType: 'purchase', itemId: 'i1' })
    shop.clock.advance(60 * DAY)
    await shop.view('i2')
    shop.clock.advance(60 * DAY)
    expect(await acted(shop, ['purchase'])).toEqual(['i1'])
    shop.clock.advance(30 * DAY + 1)
    expect(await acted(shop, ['purchase'])).toEqual([])
  })

  it('are limited to 150 of each type, and to 300 of all types, where the most frequent type loses its oldest item', async () => {
    const shop = await Shop.open()
    const recordAll = (eventType: string, itemIds: readonly string[]) =>
      shop.record(...itemIds.map((itemId) => ({ eventType, itemId })))
    await recordAll('purchase', ['bought'])
    await shop.view(...numbered('viewed', 200))
    const liked = numbered('liked', 151)
    await recordAll('like', liked)
    expect(await acted(shop, ['like'])).toEqual(liked.slice(1).reverse())
    await recordAll('share', numbered('shared', 150))
    expect(await acted(shop, ['like'])).toHaveLength(149)
    expect(await acted(shop, ['share'])).toHaveLength(150)
    await recordAll('follow', numbered('followed', 100))
    expect(await acted(shop, ['follow'])).toHaveLength(100)
    expect((await acted(shop, ['like'])).length + (await acted(shop, ['share'])).length).toBe(199)
    expect(await acted(shop, ['purchase'])).toEqual(['bought'])
  })

  it('have at most 32 types', async () => {
    const shop = await Shop.open()
    await shop.record(...numbered('type', 33).map((eventType) => ({ eventType, itemId: `of ${eventType}` })))
    expect(await acted(shop, ['type31'])).toEqual(['of type31'])
    expect(await acted(shop, ['type32'])).toEqual([])
  })

  it('include those of both ids after a merge, whatever the order of their types', async () => {
    const shop = await Shop.open()
    await shop.record({ eventType: 'like', itemId: 'i1' }, { eventType: 'purchase', itemId: 'i2' })
    shop.clock.advance(MINUTE)
    const guest = { userId: 'guest' }
    await shop.record({ ...guest, eventType: 'purchase', itemId: 'i3' }, { ...guest, eventType: 'like', itemId: 'i1' })
    shop.clock.advance(MINUTE)
    await shop.record({ ...guest, eventType: 'share', itemId: 'i4' }, { eventType: 'like', itemId: 'i5' })
    await shop.service.people.merge('guest', 'ann')
    expect(await acted(shop, ['purchase'])).toEqual(['i3', 'i2'])
    expect(await acted(shop, ['like'])).toEqual(['i5', 'i1'])
    expect(await acted(shop, ['share'])).toEqual(['i4'])
  })
})
