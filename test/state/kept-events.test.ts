import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { decodeKeptEvent, encodeKeptEvent, KEPT_EVENTS } from '../../src/state/kept-events.ts'
import type { RecordedEvent } from '../../src/state/log-entry.ts'
import { SAMPLED_USERS } from '../../src/state/user-sample.ts'
import { DAY } from '../../src/time-units.ts'
import { bothStores, onRedis } from '../support/each-store.ts'
import { openOn } from '../support/service.ts'
import { START } from '../support/settable-clock.ts'
import { expectSameState, snapshot } from '../support/state-snapshot.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const bare: RecordedEvent = { eventId: 'e1', userId: 'ann', eventType: 'search', timestamp: START }

const view = (i: number) => ({ eventId: `e${i}`, userId: 'ann', itemId: `i${i}`, eventType: 'view' })

describe('a kept event', () => {
  it.each<RecordedEvent>([
    bare,
    { ...bare, itemId: 'i1' },
    { ...bare, sessionId: 's1' },
    { ...bare, positions: [1, 2], recommendationId: '00-a' },
    { ...bare, itemId: 'i1', sessionId: 's', recommendationId: '00-a', eventAttributes: { a: [1, { b: null }], 'ü"': '\n' } },
  ])('equals the event, %j', (event) => {
    expect(decodeKeptEvent('ann', encodeKeptEvent(event))).toEqual(event)
  })

  it('takes little more space than its content', () => {
    expect(encodeKeptEvent({ ...bare, itemId: 'i1' })).toBe(`[${START},"e1","search","i1"]`)
  })
})

bothStores((open, store) => {
  const idsOf = async (service: Awaited<ReturnType<typeof open>>, userId = 'ann') =>
    (await service.store.readEvents(userId)).map((kept) => decodeKeptEvent(userId, kept).eventId)

  describe('the events of a user', () => {
    it('are limited to the latest 200, whether they come one by one or in one batch', async () => {
      const service = await open()
      await service.ingest.record([view(0)])
      await service.ingest.record(Array.from({ length: 150 }, (_, i) => view(i + 1)))
      expect(await idsOf(service)).toEqual(Array.from({ length: 151 }, (_, i) => `e${150 - i}`))
      await service.ingest.record(Array.from({ length: 500 }, (_, i) => view(i + 151)))
      expect(await idsOf(service)).toEqual(Array.from({ length: KEPT_EVENTS }, (_, i) => `e${650 - i}`))
      expect(await idsOf(service, 'bob')).toEqual([])
    })

    it('contain each event once, even if it is sent again, and also events that came too late to count', async () => {
      const service = await open()
      await service.ingest.record([view(1), view(2)])
      await service.ingest.record([view(2), view(1), { ...view(3), timestamp: START - 8 * DAY }])
      await service.uploads.upsertUsers([{ userId: 'ann', attributes: { age: 3 } }])
      expect(await idsOf(service)).toEqual(['e3', 'e2', 'e1'])
    })
  })

  describe('the sample of users', () => {
    it('contains every user with an event once, and no user who was only uploaded', async () => {
      const service = await open()
      await service.ingest.record([view(1), view(2), { ...view(3), userId: 'bob' }])
      await service.uploads.upsertUsers([{ userId: 'cid', attributes: { age: 3 } }])
      expect([...(await service.store.sampleUsers())].sort()).toEqual(['ann', 'bob'])
    })
  })

  if (store === 'embedded')
    it('are there again after a start from the journal', async () => {
      const dataDir = await temporaryDirectory()
      const before = await open({ dataDir })
      await before.ingest.record(Array.from({ length: 210 }, (_, i) => view(i)))
      await before.ingest.record([{ ...view(1), userId: 'bob' }])
      const expected = await snapshot(before, ['ann', 'bob'])
      expect(expected.events.ann).toHaveLength(200)
      await before.close()
      expectSameState(await snapshot(await openOn(undefined, { dataDir }), ['ann', 'bob']), expected)
    })
})

onRedis('the data that Redis keeps for queries on users', (open, server) => {
  it('is 200 events of each user, until the user expires, and a sample of 2,000 users of each partition', async () => {
    const service = await open({ partitions: 1 })
    for (const from of [0, 150]) await service.ingest.record(Array.from({ length: 150 }, (_, i) => view(from + i)))
    const users = Array.from({ length: SAMPLED_USERS + 50 }, (_, i) => ({ userId: `u${i}`, eventType: 'search' }))
    for (let start = 0; start < users.length; start += 500) await service.ingest.record(users.slice(start, start + 500))
    const client = new Redis(server().url)
    try {
      const key = `${service.prefix}:{p0}:events:ann`
      expect(await client.llen(key)).toBe(KEPT_EVENTS)
      const ttl = await client.pttl(key)
      expect(ttl).toBeGreaterThan(service.domain.expiry.user - DAY)
      expect(ttl).toBeLessThanOrEqual(service.domain.expiry.user)
      expect(await client.zcard(`${service.prefix}:{p0}:sample`)).toBe(SAMPLED_USERS)
    } finally {
      client.disconnect()
    }
  })
})
