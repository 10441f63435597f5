import { expect, it } from 'vitest'
import { boughtItems } from '../../src/accumulators/buy-again.ts'
import { groceries } from '../../src/domain/groceries.ts'
import { Enrichment } from '../../src/events/enrichment.ts'
import { Ingest } from '../../src/events/ingest.ts'
import { ChoiceObserver } from '../../src/slate/choice-observer.ts'
import { FIRST_STAGE } from '../../src/slate/first-stage.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { systemTimers } from '../../src/timers.ts'
import { bothStores } from '../support/each-store.ts'
import type { OpenedService, openOn } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'

const idsOf = (count: number) => Array.from({ length: count }, (_, n) => `i${String(n).padStart(4, '0')}`)

async function openGrocer(open: (options?: Parameters<typeof openOn>[1]) => Promise<OpenedService>, itemIds: readonly string[]) {
  const service = await open({ domain: groceries })
  for (let from = 0; from < itemIds.length; from += 1000)
    await service.uploads.upsertItems(itemIds.slice(from, from + 1000).map((itemId) => ({ itemId, attributes: {} })))
  // A choice is observed however long that takes.
  const choices = new ChoiceObserver({ ...service, isOn: () => true, timers: { ...systemTimers, after: () => () => {} } })
  const observeChoice: ChoiceObserver['observe'] = (events, userId, user) => choices.observe(events, userId, user)
  const observing = new Ingest({ ...service, enrichment: new Enrichment(service), observeChoice })
  const buy = async (userId: string, ...bought: string[]) => {
    for (const itemId of bought) {
      service.clock.advance(MINUTE)
      const [{ status }] = await observing.record([{ userId, eventType: 'purchase', itemId }])
      expect(status).toBe('RECORDED')
      await service.store.settle()
    }
  }
  const slate = async (userId: string, more: object = {}) => {
    const { rules: _, ...asked } = REQUEST
    const { items, model } = await service.recommender.recommend(
      { ...asked, userId, first: 20, surface: 'home', ...more },
      'INITIAL',
    )
    return { itemIds: items.map(({ itemId }) => itemId), model }
  }
  return { service, buy, slate }
}

/** Events of a user in whole requests, as a shop sends a basket. */
async function buyInBulk({ ingest, clock, store }: OpenedService, userId: string, itemIds: readonly string[]): Promise<void> {
  for (let from = 0; from < itemIds.length; from += 1000) {
    clock.advance(HOUR)
    const outcomes = await ingest.record(
      itemIds.slice(from, from + 1000).map((itemId) => ({ userId, eventType: 'purchase', itemId })),
    )
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['RECORDED']))
  }
  await store.settle()
}

bothStores((open) => {
  // Regression: the item on which the user acted last was left out, also weeks later.
  it('what was bought last is shown at the next visit, and not in the session in which it was bought', async () => {
    const ITEMS = idsOf(30)
    const { service, buy, slate } = await openGrocer(open, ITEMS)
    for (let n = 0; n < 12; n++) await buy(`h${n}`, ...ITEMS.slice(n, n + 3))
    for (let week = 0; week < 5; week++) {
      service.clock.advance(7 * DAY)
      await buy('me', ITEMS[20])
    }
    const surfaces = [undefined, 'home', 'cart']
    const shown = async () =>
      Promise.all(surfaces.map(async (surface) => (await slate('me', { surface })).itemIds.includes(ITEMS[20])))
    expect(await shown()).toEqual([false, false, false])
    service.clock.advance(7 * DAY)
    await buy('h0', ITEMS[0])
    expect(await shown()).toEqual([true, true, true])
  })

  it('what a household buys again and again comes first, the basket of today does not', { timeout: 120_000 }, async () => {
    const ITEMS = idsOf(60)
    const { service, buy, slate } = await openGrocer(open, ITEMS)
    // Each household buys its own three items, in a new order each time, and one that is new.
    const own = (household: number) => [0, 1, 2].map((n) => ITEMS[(household * 3 + n) % ITEMS.length])
    for (let round = 0; round < 4; round++) {
      service.clock.advance(3 * DAY)
      for (let household = 0; household < 12; household++) {
        const [a, b, c] = own(household)
        const again = [
          [a, b, c],
          [b, c, a],
          [c, a, b],
        ][(round + household) % 3]
        await buy(`h${household}`, ...again, ITEMS[(household * 7 + round * 13 + 40) % ITEMS.length])
      }
    }
    service.clock.advance(3 * DAY)
    const before = await slate('h5')
    expect(before.model).toBe(FIRST_STAGE)
    expect(before.itemIds.slice(0, 5)).toEqual(expect.arrayContaining(own(5)))
    const [first, ...others] = own(5)
    await buy('h5', first)
    const after = await slate('h5')
    expect(after.itemIds.slice(0, 5)).toEqual(expect.arrayContaining(others))
    expect(after.itemIds).not.toContain(first)
  })

  it('after 100,000 purchases of one item, and a basket of 10,000, slates are full', { timeout: 240_000 }, async () => {
    const ITEMS = idsOf(10_000)
    const { service, buy, slate } = await openGrocer(open, ITEMS)
    await buyInBulk(
      service,
      'ann',
      Array.from({ length: 100_000 }, () => ITEMS[0]),
    )
    const purchases = async () => {
      const { user } = await readKnownUser(service, 'ann', service.clock.now())
      return boughtItems(user, service.clock.now(), 180 * DAY)
    }
    expect(await purchases()).toHaveLength(1)
    service.clock.advance(DAY)
    expect((await slate('ann')).itemIds).toHaveLength(20)
    await buyInBulk(service, 'ann', ITEMS)
    // The latest of them; what was bought before is forgotten.
    expect((await purchases()).length).toBeLessThanOrEqual(150)
    const inBasket = await slate('ann')
    expect(new Set(inBasket.itemIds).size).toBe(20)
    service.clock.advance(DAY)
    expect(new Set((await slate('ann')).itemIds).size).toBe(20)
    await buy('ann', ITEMS[0])
    expect(new Set((await slate('ann')).itemIds).size).toBe(20)
  })
})
