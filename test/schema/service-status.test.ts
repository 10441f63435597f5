import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { bothStoresWhenLong, onRedis } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { asker, connect, serve, TRANSPORTS } from '../support/server.ts'
import type { OpenedService } from '../support/service.ts'
import { START } from '../support/settable-clock.ts'
import { LIVE, RECOMMEND, slateOf } from '../support/slate-answer.ts'

const latency = z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).nullable()
const status = z.object({
  version: z.string(),
  store: z.string(),
  startedAt: z.string(),
  eventsPerSecond: z.number(),
  slatesPerSecond: z.number(),
  subscribers: z.number(),
  foldLagMs: z.number().nullable(),
  recommendationMs: latency,
  eventToSlateMs: latency,
})
const STATUS = `{
  status {
    version store startedAt eventsPerSecond slatesPerSecond subscribers foldLagMs
    recommendationMs { p50 p95 p99 } eventToSlateMs { p50 p95 p99 }
  }
}`

async function statusOf(service: OpenedService) {
  const { data, errors } = await asker(service)(STATUS)
  if (errors) throw new Error(errors[0].message)
  return status.parse(data?.status)
}

async function use(service: OpenedService, events: number, slates: number): Promise<void> {
  const record = (i: number) => service.ingest.record([{ userId: 'me', eventType: 'search', eventId: `e${i}` }])
  for (let i = 0; i < events; i++) await record(i)
  for (let i = 0; i < slates; i++) await asker(service)(RECOMMEND, { input: { userId: 'me', first: 1 } })
}

bothStoresWhenLong((open, store) => {
  describe('status', () => {
    it('reports what the service did in the last minute', async () => {
      const service = await open()
      expect(await statusOf(service)).toEqual({
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        store: store.toUpperCase(),
        startedAt: new Date(START).toISOString(),
        eventsPerSecond: 0,
        slatesPerSecond: 0,
        subscribers: 0,
        foldLagMs: expect.any(Number),
        recommendationMs: null,
        eventToSlateMs: null,
      })
      await use(service, 6, 3)
      // A duplicate is no event, and one that is refused neither.
      await service.ingest.record([
        { userId: 'me', eventType: 'search', eventId: 'e0' },
        { userId: '', eventType: 'search' },
      ])
      service.clock.advance(30_000)
      const { eventsPerSecond, slatesPerSecond, recommendationMs } = await statusOf(service)
      expect([eventsPerSecond, slatesPerSecond]).toEqual([0.2, 0.1])
      expect(recommendationMs!.p50).toBeGreaterThan(0)
      expect(recommendationMs!.p95).toBeGreaterThanOrEqual(recommendationMs!.p50)
      expect(recommendationMs!.p99).toBeGreaterThanOrEqual(recommendationMs!.p95)
    })

    it('forgets after a minute', async () => {
      const service = await open()
      await use(service, 6, 3)
      service.clock.advance(59_000)
      expect((await statusOf(service)).eventsPerSecond).toBeCloseTo(6 / 59, 6)
      service.clock.advance(7000)
      expect(await statusOf(service)).toMatchObject({ eventsPerSecond: 0, slatesPerSecond: 0, recommendationMs: null })
    })

    it('counts open streams, and measures the time from an event to its slate', async () => {
      const service = await open()
      const { url } = await serve(service)
      const client = connect(TRANSPORTS['graphql-transport-ws'], url)
      const slates = client.subscribe(LIVE, { input: { userId: 'me' }, minIntervalMs: 0 })
      slateOf(await slates.next())
      const features = client.subscribe('subscription { userFeatures(userId: "me", names: ["user_events"]) { version } }')
      await features.next()
      // The first slate of a stream answers to no event.
      expect(await statusOf(service)).toMatchObject({ subscribers: 2, eventToSlateMs: null })
      await service.uploads.upsertUsers([{ userId: 'me', attributes: { tier: 'gold' } }])
      slateOf(await slates.next())
      expect((await statusOf(service)).eventToSlateMs).toBeNull()
      await service.ingest.record([{ userId: 'me', eventType: 'search' }])
      slateOf(await slates.next())
      expect((await statusOf(service)).eventToSlateMs).toMatchObject({ p50: expect.any(Number) })
      slates.end()
      features.end()
      await eventually(async () => expect(await statusOf(service)).toMatchObject({ subscribers: 0 }))
    })
  })
})

onRedis('on Redis', (open, server) => {
  describe('status', () => {
    it('adds up the figures of all processes of the store, until they stop or no longer report', async () => {
      const [a, b, c] = await Promise.all([1, 2, 3].map(() => open({ prefix: 'shared' })))
      const elsewhere = await open()
      await use(a, 6, 1)
      await use(b, 0, 3)
      await use(elsewhere, 10, 10)
      for (const { clock } of [a, b, c]) clock.advance(20_000)
      await statusOf(b)
      const all = await statusOf(a)
      expect([all.eventsPerSecond, all.slatesPerSecond]).toEqual([0.3, 0.2])
      await b.close()
      expect((await statusOf(a)).slatesPerSecond).toBe(0.05)
      await use(c, 0, 2)
      await statusOf(c)
      expect((await statusOf(a)).slatesPerSecond).toBeCloseTo(0.15, 9)
      // c is not heard of any more.
      a.clock.advance(15_001)
      expect((await statusOf(a)).slatesPerSecond).toBeCloseTo(1 / 35, 3)
    })

    it('contains only this process, and no lag, while Redis is unreachable', async () => {
      const service = await open()
      await use(service, 3, 0)
      service.clock.advance(10_000)
      await server().stop()
      expect(await statusOf(service)).toMatchObject({ eventsPerSecond: 0.3, foldLagMs: null })
    })
  })
})
