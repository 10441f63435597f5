import { describe, expect, it } from 'vitest'
import { DAY } from '../../src/time-units.ts'
import { shopWith } from '../support/cohort-shop.ts'
import { Shop } from '../support/features.ts'

const DOMAIN = shopWith({
  userAttributes: { city: 'key' },
  cohorts: { city: ['user.city'] },
})

const PEOPLE = { ann: 'graz', bob: 'graz', cleo: 'graz', dan: 'linz', eve: 'linz' }
const FEATURES = ['cohort_city_lift', 'cohort_sure_lift']

/** A shop where everybody acts on a sled, which is then deleted and uploaded again as `returned`, and some act on the new one. */
async function shopWhereASledReturns(returned: string): Promise<Shop> {
  const shop = await Shop.open({ domain: DOMAIN })
  const { uploads } = shop.service
  await shop.upsert('sled', { category: 'winter' })
  await shop.upsert('boat', { category: 'summer' })
  for (const [userId, city] of Object.entries(PEOPLE)) {
    await uploads.upsertUsers([{ userId, attributes: { city } }])
    await shop.record({ userId, eventType: 'add_to_cart', itemId: 'sled' }, { userId, eventType: 'view', itemId: 'boat' })
  }
  shop.clock.advance(DAY)
  await uploads.deleteItems(['sled'])
  await shop.upsert(returned, { category: 'winter' })
  for (const userId of ['bob', 'cleo', 'dan']) await shop.record({ userId, eventType: 'view', itemId: returned })
  return shop
}

/** What features say of the items to each user. */
async function told(shop: Shop, returned: string, users = Object.keys(PEOPLE)): Promise<number[][]> {
  const itemIds = [returned, 'boat']
  return Promise.all(users.flatMap((userId) => FEATURES.map((name) => shop.features(name, { userId, itemIds }))))
}

describe('of an item that was deleted and uploaded again, cohorts', () => {
  /** Makes the same happen in a shop where the item returns under its id, and in one where it returns under another. */
  async function expectLikeNewItem(happen: (shop: Shop, returned: string) => Promise<void>, users?: string[]): Promise<void> {
    const [again, other] = await Promise.all(
      ['sled', 'new sled'].map(async (returned) => {
        const shop = await shopWhereASledReturns(returned)
        await happen(shop, returned)
        return told(shop, returned, users)
      }),
    )
    expect(again.flat().filter((value) => !Number.isNaN(value)).length).toBeGreaterThan(FEATURES.length)
    for (const [at, values] of again.entries())
      for (const [item, value] of values.entries())
        if (Number.isNaN(other[at][item])) expect(value).toBeNaN()
        else expect(value).toBeCloseTo(other[at][item], 6)
  }

  it('say what they say of a new item', () => expectLikeNewItem(async () => {}))

  it('count a user again who acted on it before', () =>
    expectLikeNewItem((shop, itemId) => shop.record({ userId: 'ann', eventType: 'view', itemId })))

  it('take nothing from it when its former life leaves the latest 30 items of a user', () =>
    expectLikeNewItem(async (shop) => {
      for (let n = 0; n < 40; n++) await shop.record({ userId: 'ann', eventType: 'view', itemId: `other-${n}` })
    }))

  it('take nothing from it when a user is erased who acted on its former life alone', () =>
    expectLikeNewItem(
      async (shop) => {
        await shop.service.erasures.erase('eve')
      },
      ['ann', 'bob', 'cleo', 'dan'],
    ))
})
