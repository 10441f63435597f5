import { describe, expect, it } from 'vitest'
import type { Fading } from '../../src/domain/domain.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { DAY } from '../../src/time-units.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'

const HALF: Fading = { factor: 0.5, halfLife: DAY }

async function openShop(settings: {
  fading?: Fading
  surfaceFading?: Record<string, Fading | undefined>
}): Promise<OpenedService> {
  const service = await openOn(undefined, { dataDir: null, domain: { ...eCommerce, ...settings } })
  await service.uploads.upsertItems(['a', 'b', 'c'].map((itemId) => ({ itemId, attributes: {} })))
  const views = ['a', 'a', 'a', 'b', 'b', 'c'].map((itemId, i) => ({ userId: `other${i}`, itemId, eventType: 'view' }))
  await service.ingest.record(views)
  return service
}

const mine = (service: OpenedService, eventType: string, itemId: string) =>
  service.ingest.record([{ userId: 'me', itemId, eventType }])

/** Scores by item, relative to those of a user who was shown nothing. */
async function left(service: OpenedService, surface?: string): Promise<Record<string, number>> {
  const ask = (userId: string) => service.recommender.rank({ ...REQUEST, userId, surface })
  const [shown, fresh] = [await ask('me'), await ask('nobody')]
  const full = new Map(fresh.items.map(({ itemId, score }) => [itemId, score]))
  return Object.fromEntries(shown.items.map(({ itemId, score }) => [itemId, Math.round((1e6 * score) / full.get(itemId)!) / 1e6]))
}

describe('an item that was shown and ignored', () => {
  it('sinks with each impression, and rises again with time', async () => {
    const service = await openShop({ fading: HALF })
    await mine(service, 'impression', 'a')
    expect(await left(service)).toEqual({ a: 0.5, b: 1, c: 1 })
    await mine(service, 'impression', 'a')
    expect(await left(service)).toEqual({ a: 0.25, b: 1, c: 1 })
    service.clock.advance(DAY)
    expect(await left(service)).toEqual({ a: 0.5, b: 1, c: 1 })
    service.clock.advance(100 * DAY)
    expect(await left(service)).toEqual({ a: 1, b: 1, c: 1 })
  })

  it('moves below items that were below it, until the user acts on it', async () => {
    const service = await openShop({ fading: { factor: 0.1, halfLife: DAY } })
    const order = async () => (await service.recommender.rank({ ...REQUEST, userId: 'me' })).items.map(({ itemId }) => itemId)
    for (let i = 0; i < 3; i++) await mine(service, 'impression', 'a')
    expect(await order()).toEqual(['b', 'c', 'a'])
    await mine(service, 'view', 'a')
    expect((await order())[0]).toBe('a')
  })

  it('sinks on the surfaces for which the domain says so', async () => {
    const only = await openShop({ surfaceFading: { home: HALF } })
    await mine(only, 'impression', 'a')
    expect([(await left(only, 'home')).a, (await left(only, 'cart')).a, (await left(only)).a]).toEqual([0.5, 1, 1])
    const all = await openShop({ fading: HALF, surfaceFading: { cart: undefined } })
    await mine(all, 'impression', 'a')
    expect([(await left(all, 'home')).a, (await left(all, 'cart')).a]).toEqual([0.5, 1])
  })

  it('keeps its position unless the domain says otherwise', async () => {
    const service = await openShop({})
    await mine(service, 'impression', 'a')
    expect(await left(service)).toEqual({ a: 1, b: 1, c: 1 })
  })
})

describe('an item that was bought', () => {
  it('is left out on a surface with a standing rule for this', async () => {
    const service = await openShop({})
    await mine(service, 'purchase', 'a')
    service.standingRules.set({ surface: 'cart', rules: { excludePurchased: true }, updatedAt: 1 })
    const on = async (surface: string) =>
      (await service.recommender.rank({ ...REQUEST, userId: 'me', surface })).items.map(({ itemId }) => itemId).sort()
    expect([await on('cart'), await on('home')]).toEqual([
      ['b', 'c'],
      ['a', 'b', 'c'],
    ])
  })
})
