import { describe, expect, it } from 'vitest'
import { trendingItems } from '../../src/slate/trending-and-similar-items.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { featureInput } from '../support/features.ts'
import { bothStores, type OpenedService } from '../support/service.ts'

const NAMES = [
  'item_popularity_1h',
  'item_popularity_1d',
  'item_popularity_7d',
  'item_trend_1h_7d',
  'item_age_hours',
  'item_idle_hours',
]
const OF_USER = ['user_events_1d', 'user_days', 'session_length', 'session_seconds', 'pair_seconds_since_view']

async function view(service: OpenedService, userId: string, itemId: string): Promise<void> {
  const [outcome] = await service.ingest.record([{ userId, itemId, eventType: 'view' }])
  expect(outcome.status).toBe('RECORDED')
  await service.store.settle()
}

const trending = (service: OpenedService) => trendingItems({ ...service, now: service.clock.now() }, undefined, 10)

async function features(service: OpenedService, userId: string, itemId: string): Promise<Record<string, number>> {
  const input = await featureInput(service, { userId, itemIds: [itemId] })
  return Object.fromEntries(
    [...NAMES, ...OF_USER].flatMap((name) => {
      const column = service.accumulators.features.get(name)?.column
      return column ? [[name, column(input)(0)]] : []
    }),
  )
}

bothStores((open) => {
  describe.each([2 * HOUR, 20 * DAY, 730 * DAY])('one event that was accepted while the clock was %d ms ahead', (ahead) => {
    it('weighs no more than an event of now, and new events outweigh it', async () => {
      const service = await open()
      const { clock } = service
      await service.uploads.upsertItems(['i1', 'i2', 'i3'].map((itemId) => ({ itemId, attributes: { category: 'c', price: 5 } })))
      await view(service, 'before', 'i1')
      await view(service, 'before', 'i2')
      clock.step(ahead)
      await view(service, 'glitch', 'i1')
      await view(service, 'glitch', 'i2')
      clock.step(-ahead)
      for (const { score } of await trending(service)) expect(score).toBeLessThanOrEqual(2.000001)
      clock.advance(MINUTE)
      for (let i = 0; i < 5; i++) await view(service, `after${i}`, 'i3')
      for (let i = 0; i < 3; i++) await view(service, 'glitch', 'i3')
      const list = await trending(service)
      expect(list[0]).toMatchObject({ itemId: 'i3', score: expect.closeTo(8, 1) })
      for (const { itemId, score } of list) if (itemId !== 'i3') expect(score).toBeLessThan(4)
      const ofNew = await features(service, 'glitch', 'i3')
      expect(ofNew).toMatchObject({
        item_popularity_1h: expect.closeTo(8, 1),
        item_popularity_1d: expect.closeTo(8, 1),
        item_popularity_7d: expect.closeTo(8, 1),
      })
      const ofGlitch = await features(service, 'glitch', 'i1')
      for (const read of [ofNew, ofGlitch]) for (const value of Object.values(read)) expect(Math.abs(value)).toBeLessThan(100)
      // The user's figures go on as well: two events of the glitch, three of now.
      expect(ofNew.user_events_1d).toBeGreaterThan(3.9)
      expect(ofNew.user_events_1d).toBeLessThan(7)
    })

    it('does not prevent later events from counting', async () => {
      const service = await open()
      const { clock } = service
      await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
      clock.step(ahead)
      await view(service, 'glitch', 'i1')
      clock.step(-ahead)
      clock.advance(MINUTE)
      await view(service, 'glitch', 'i1')
      clock.advance(DAY)
      const later = await features(service, 'glitch', 'i1')
      await view(service, 'glitch', 'i1')
      const latest = await features(service, 'glitch', 'i1')
      expect(latest.item_popularity_1h - later.item_popularity_1h).toBeCloseTo(1)
      expect(latest.item_idle_hours).toBe(0)
      expect(later.item_idle_hours).toBeCloseTo(24)
    })
  })
})
