import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { expiryTestsAt } from '../../src/accumulators/accumulator-set.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { DAY } from '../../src/time-units.ts'
import { bothStores } from '../support/each-store.ts'
import { Shop } from '../support/features.ts'
import type { OpenedService } from '../support/service.ts'

describe('the state of a user', () => {
  it('ends 90 days after the last event, except for attributes and version', async () => {
    const shop = await Shop.open()
    await shop.service.uploads.upsertUsers([{ userId: 'ann', attributes: { segment: 'vip' } }])
    await shop.view('i1')
    const {
      user: { version },
    } = await readKnownUser(shop.service, 'ann', shop.clock.now())
    shop.clock.advance(90 * DAY)
    expect(await shop.feature('user_events')).toBe(1)
    shop.clock.advance(1)
    expect(await shop.feature('user_events')).toBeNaN()
    const { user } = await readKnownUser(shop.service, 'ann', shop.clock.now())
    expect(user).toMatchObject({ isNew: true, version, latestEventId: '', attributes: { segment: 'vip' } })
  })

  it('starts from nothing with the next event', async () => {
    const shop = await Shop.open()
    await shop.view('i1', 'i1')
    shop.clock.advance(90 * DAY + 1)
    await shop.view('i1')
    expect(await shop.feature('user_events')).toBe(1)
    expect(await shop.feature('pair_views')).toBe(1)
  })
})

bothStores((open, store) => {
  describe('uploaded attributes', () => {
    const attributesOf = async (service: OpenedService) =>
      (await readKnownUser(service, 'ann', service.clock.now())).user.attributes

    it('expire a year after the last upload', async () => {
      const service = await open()
      await service.uploads.upsertUsers([{ userId: 'ann', attributes: { segment: 'vip' } }])
      service.clock.advance(365 * DAY)
      expect(await attributesOf(service)).toEqual({ segment: 'vip' })
      await service.uploads.upsertUsers([{ userId: 'ann', attributes: { city: 'Bern' } }])
      service.clock.advance(365 * DAY)
      expect(await attributesOf(service)).toEqual({ segment: 'vip', city: 'Bern' })
      service.clock.advance(1)
      expect(await attributesOf(service)).toEqual({})
      await service.uploads.upsertUsers([{ userId: 'ann', attributes: { city: 'Basel' } }])
      expect(await attributesOf(service)).toEqual({ city: 'Basel' })
    })

    it('expire a year after the last event, although other state of the user expires earlier', async () => {
      const service = await open()
      await service.uploads.upsertUsers([{ userId: 'ann', attributes: { segment: 'vip' } }])
      service.clock.advance(60 * DAY)
      await service.ingest.record([{ userId: 'ann', eventType: 'search' }])
      service.clock.advance(200 * DAY)
      expect(await attributesOf(service)).toEqual({ segment: 'vip' })
      await service.uploads.upsertUsers([{ userId: 'bob', attributes: {} }])
      service.clock.advance(165 * DAY)
      expect(await attributesOf(service)).toEqual({ segment: 'vip' })
      service.clock.advance(1)
      expect(await attributesOf(service)).toEqual({})
    })

    it('are removed from the store too', async () => {
      const service = await open()
      await service.uploads.upsertUsers([{ userId: 'ann', attributes: { segment: 'vip' } }])
      const { accumulators, domain, clock } = service
      if (store === 'redis') {
        const admin = new Redis(service.redisUrl!)
        onTestFinished(() => admin.disconnect())
        const left = await admin.pttl(new RedisKeys(service.partitioning, service.prefix).value({ kind: 'user', id: 'ann' }))
        expect(left).toBeGreaterThan(364 * DAY)
        expect(left).toBeLessThanOrEqual(365 * DAY)
        return
      }
      const [value] = await service.store.readValues([{ kind: 'user', id: 'ann' }])
      const isEnded = (after: number) => {
        const now = clock.now() + after
        return expiryTestsAt({ now, wall: now, lateness: 7 * DAY, expiry: domain.expiry, accumulators }).user(value!)
      }
      expect([364 * DAY, 372 * DAY, 373 * DAY].map(isEnded)).toEqual([false, false, true])
    })
  })
})

describe('the figures of an item', () => {
  it('end 90 days after its last event', async () => {
    const shop = await Shop.open()
    await shop.view('i1')
    shop.clock.advance(90 * DAY)
    expect(await shop.feature('item_views', 'i1', { userId: 'bob' })).toBe(1)
    shop.clock.advance(1)
    expect(await shop.feature('item_views', 'i1', { userId: 'bob' })).toBe(0)
    expect(await shop.feature('item_age_hours', 'i1', { userId: 'bob' })).toBeNaN()
  })
})
