import { describe, expect, it } from 'vitest'
import { boughtItems } from '../../src/accumulators/buy-again.ts'
import { buyAgainSource } from '../../src/candidates/users-items.ts'
import { defineDomain } from '../../src/domain/define-domain.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { DAY } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'
import { REQUEST } from '../support/slate-request.ts'
import { candidateRequest } from '../support/user-who-did.ts'

const GROCER = defineDomain({
  extends: 'e-commerce',
  name: 'grocer',
  accumulators: { buy_again: true },
  sources: { buy_again: 100 },
  expiry: { pair: '365d', user: '365d' },
  lateness: '100d',
})

async function openShop(): Promise<Shop> {
  return Shop.open({ domain: GROCER })
}

const buy = (itemId: string, more: object = {}) => ({ eventType: 'purchase', itemId, ...more })

async function bought(shop: Shop, userId = 'ann') {
  const now = shop.clock.now()
  const { user } = await readKnownUser(shop.service, userId, now)
  return { user, items: Object.fromEntries(boughtItems(user, now, 365 * DAY).map(({ itemId, decayed }) => [itemId, decayed])) }
}

async function proposed({ service }: Shop): Promise<string[]> {
  const { gathered } = await service.recommender.candidates({ ...REQUEST, userId: 'ann' })
  const { ranks } = gathered.standings.get('buy_again')!
  return gathered.itemIds
    .map((itemId, row) => ({ itemId, rank: ranks[row] }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => a.rank - b.rank)
    .map(({ itemId }) => itemId)
}

describe('what a user buys again', () => {
  it('is counted by purchase, decayed by half in 60 days, with the mean interval and whether it is due', async () => {
    const shop = await openShop()
    await shop.record(buy('milk'), buy('salt'))
    shop.clock.advance(20 * DAY)
    await shop.record(buy('milk'), { eventType: 'view', itemId: 'salt' })
    shop.clock.advance(40 * DAY)
    await shop.record(buy('milk'))
    shop.clock.advance(15 * DAY)
    const names = ['pair_purchases_60d', 'pair_purchase_interval', 'pair_purchase_due']
    const of = async (itemId: string) => Promise.all(names.map((name) => shop.feature(name, itemId)))
    const decayed = [15, 55, 75].reduce((sum, days) => sum + 2 ** (-days / 60), 0)
    const month = 30 * DAY
    expect(await of('milk')).toEqual([expect.closeTo(decayed, 5), month / 1000, 0.5])
    expect(await of('salt')).toEqual([expect.closeTo(2 ** (-75 / 60), 5), Number.NaN, Number.NaN])
    expect(await of('never')).toEqual([0, Number.NaN, Number.NaN])
  })

  it('counts an item that a basket names twice once, and a late purchase where it belongs', async () => {
    const shop = await openShop()
    const now = shop.clock.now()
    await shop.record(buy('milk', { timestamp: now }), buy('milk', { timestamp: now }))
    expect((await bought(shop)).items).toEqual({ milk: 1 })
    const late = await openShop()
    const then = late.clock.now()
    for (const days of [0, 60, 30, 60]) await late.record(buy('milk', { timestamp: then - days * DAY }))
    expect((await bought(late)).items.milk).toBeCloseTo(1 + 1 / 2 + 2 ** -0.5, 9)
    expect(await late.feature('pair_purchase_interval', 'milk')).toBe((30 * DAY) / 1000)
  })

  it('ends after expiry.pair, and is kept for the latest 150 items', async () => {
    const shop = await openShop()
    await shop.record(buy('old'))
    await shop.record(...Array.from({ length: 150 }, (_, n) => buy(`item${n}`)))
    const { items } = await bought(shop)
    expect(Object.keys(items)).toHaveLength(150)
    expect(items).not.toHaveProperty('old')
    shop.clock.advance(365 * DAY)
    await shop.record(buy('new'))
    shop.clock.advance(1)
    expect(Object.keys((await bought(shop)).items)).toEqual(['new'])
  })

  it('is that of both ids after a merge, and of nobody after an erasure', async () => {
    const shop = await openShop()
    const now = shop.clock.now()
    await shop.record(buy('milk', { timestamp: now - 60 * DAY }), buy('milk', { userId: 'anonymous', timestamp: now }))
    await shop.service.people.merge('anonymous', 'ann')
    expect((await bought(shop)).items).toEqual({ milk: 1.5 })
    await shop.service.erasures.erase('ann')
    expect((await bought(shop)).items).toEqual({})
  })

  it('is proposed most frequent first, unless the user has dismissed it', async () => {
    const shop = await openShop()
    const now = shop.clock.now()
    for (const itemId of ['milk', 'salt', 'bread']) await shop.upsert(itemId, {})
    await shop.record(
      buy('salt'),
      buy('bread', { timestamp: now - DAY }),
      buy('bread'),
      buy('milk', { timestamp: now - 2 * DAY }),
    )
    shop.clock.advance(60 * DAY)
    const { user } = await bought(shop)
    const source = buyAgainSource(2, 365 * DAY)
    const request = candidateRequest(user, { now: shop.clock.now(), session: undefined })
    expect(source.reads(request)).toEqual({})
    const { itemIds, scores, reason } = source.candidates(request, { sets: [], lists: [], strengths: [] })
    expect(itemIds).toEqual(['bread', 'salt'])
    expect(scores).toEqual([(1 + 2 ** (-1 / 60)) / 2, 1 / 2])
    expect(reason(0)).toEqual({ code: 'SEEN_BEFORE' })
    await shop.record({ eventType: 'dismiss', itemId: 'bread' })
    expect(await proposed(shop)).toEqual(['salt', 'milk'])
  })

  it('is not proposed while it is in the basket of the session', async () => {
    const shop = await openShop()
    for (const itemId of ['milk', 'salt']) await shop.upsert(itemId, {})
    await shop.record(buy('milk'), buy('salt'))
    shop.clock.advance(DAY)
    expect(await proposed(shop)).toEqual(['milk', 'salt'])
    await shop.record(buy('salt'))
    expect(await proposed(shop)).toEqual(['milk'])
    shop.clock.advance(DAY)
    expect(await proposed(shop)).toEqual(['salt', 'milk'])
  })
})
