import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { UserExports } from '../../src/rights/user-exports.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { HOUR, MINUTE } from '../../src/time-units.ts'
import { asker } from '../support/server.ts'
import { bothStores, onRedis } from '../support/service.ts'

const EXPORT = /* GraphQL */ `
  query ($userId: ID!) {
    exportUser(userId: $userId) { userId userIds exportedAt data complete notIncluded { what message } }
  }
`

const answered = z.object({
  userId: z.string(),
  userIds: z.array(z.string()),
  data: z.looseObject({
    users: z.array(z.looseObject({ userId: z.string() })),
    events: z.array(z.looseObject({})),
    offlineLists: z.array(z.looseObject({})),
    slates: z.array(z.looseObject({})),
    eventIdHashes: z.array(z.looseObject({})),
    log: z.array(z.looseObject({ kind: z.string() })),
  }),
  complete: z.boolean(),
  notIncluded: z.array(z.object({ what: z.string(), message: z.string() })),
})

bothStores((open, kind) => {
  async function ask(ask: ReturnType<typeof asker>, userId: string) {
    const { data, errors } = await ask(EXPORT, { userId })
    expect(errors).toBeUndefined()
    return answered.parse(data?.exportUser)
  }

  it('exportUser returns the state of each accumulator, events, slates and log entries, under every id', async () => {
    const service = await open()
    const { uploads, ingest, merges, recommender, clock } = service
    await uploads.upsertItems([{ itemId: 'hat', attributes: { category: 'hats', brand: 'acme', price: 10 } }])
    await uploads.upsertUsers([{ userId: 'ana', attributes: { age: 40 } }])
    await uploads.uploadOfflineRecommendations([{ userId: 'ana', items: [{ itemId: 'hat', score: 2 }] }])
    await ingest.record([{ userId: 'phone', eventId: 'e1', itemId: 'hat', eventType: 'view', sessionId: 'visit' }])
    await merges.merge('phone', 'ana')
    const absent = { surface: undefined, anchorItemId: undefined, sessionId: undefined, device: undefined }
    const slate = await recommender.recommend({ userId: 'ana', first: 1, rules: {}, ...absent }, 'INITIAL')
    const { recommendationId } = slate
    await ingest.record([{ userId: 'ana', eventId: 'e2', eventType: 'impression', recommendationId, positions: [1] }])
    await service.store.settle()
    const exported = await ask(asker(service), 'phone')
    expect(exported).toMatchObject({ userId: 'phone', userIds: ['ana', 'phone'], complete: true })
    const { users, events, offlineLists, slates, eventIdHashes, log } = exported.data
    expect(users[0]).toMatchObject({
      userId: 'ana',
      attributes: { age: 40 },
      optedOut: false,
      mergedFrom: ['phone'],
      isSampled: true,
      state: {
        user_activity: { activity: { events: 1, impressions: 1 } },
        session: { sessions: [{ id: 'visit', view: 1, last: new Date(clock.now()).toISOString() }] },
        user_item: { pairs: [{ item: 'hat', views: 1, clicks: 0, lastCart: null }] },
        user_favourite_category: { favourites_category: [{ value: 'hats' }] },
      },
    })
    expect(users[1]).toMatchObject({ userId: 'phone', mergedInto: 'ana', state: {} })
    expect(events.map(({ userId, eventId }) => [userId, eventId])).toEqual([
      ['ana', 'e2'],
      ['phone', 'e1'],
    ])
    expect(offlineLists).toEqual([{ userId: 'ana', itemIds: ['hat'], scores: [2], generatedAt: clock.now() }])
    expect(slates).toMatchObject([{ recommendationId, userId: 'ana', items: [{ itemId: 'hat' }] }])
    expect(eventIdHashes.length).toBe(kind === 'redis' ? 2 : 0)
    expect(exported.data.assignment).toEqual({ policy: 'default', model: null })
    const taken = log.find(({ step }) => step === 'take')
    expect(taken).toMatchObject({ id: 'ana', other: 'phone', value: { state: { user_item: { pairs: [{ item: 'hat' }] } } } })
    const kinds = log.map(({ kind, step }) => (typeof step === 'string' ? `${kind} ${step}` : kind))
    expect([...kinds].sort()).toEqual(
      ['events', 'events', 'list', 'merge expect', 'merge leave', 'merge left', 'merge take', 'slate', 'user'].sort(),
    )
    const others = kind === 'redis' ? ['COPIES', 'OTHER_ARCHIVES'] : ['EVENT_ID_HASHES', 'COPIES']
    expect(exported.notIncluded.map(({ what }) => what)).toEqual(['SHARED_SUMS', ...others])
  })

  it('exportUser also exports users who have opted out, and returns empty lists for unknown users', async () => {
    const service = await open()
    await service.ingest.record([{ userId: 'ana', eventId: 'e1', itemId: 'hat', eventType: 'view' }])
    await service.uploads.upsertUsers([{ userId: 'ana', attributes: {}, optOut: true }])
    const query = asker(service)
    expect((await ask(query, 'ana')).data).toMatchObject({
      users: [{ optedOut: true, state: { user_item: { pairs: [{ item: 'hat' }] } } }],
      events: [{ eventId: 'e1' }],
    })
    const empty = { users: [], events: [], offlineLists: [], slates: [], eventIdHashes: [], log: [] }
    expect((await ask(query, 'nobody')).data).toMatchObject(empty)
    for (const userId of ['', 'x'.repeat(10_000), 'a\u0000b']) {
      const { data, errors } = await query(EXPORT, { userId })
      expect([data?.exportUser, errors?.[0]?.extensions?.code]).toEqual([null, 'BAD_USER_INPUT'])
    }
  })

  it('exportUser returns how many events count towards the limits of the domain', async () => {
    const service = await open({ domain: eCommerce })
    const times = [0, 1, 65].map((minutes) => service.clock.now() - minutes * MINUTE)
    for (const timestamp of [...times, ...times])
      await service.ingest.record([{ userId: 'ana', itemId: 'hat', eventType: 'view', timestamp }])
    const { data } = await service.exports.export('ana')
    const at = (ms: number, unit: number) => new Date(Math.floor(ms / unit) * unit).toISOString()
    const { counting_limits } = (data.users as { state: JsonObject }[])[0].state as {
      counting_limits: Record<string, JsonObject[]>
    }
    const expected = (unit: number) => new Map(times.map((time) => [at(time, unit), 2]))
    expect(new Map(counting_limits.counted_times.map(({ minute, events }) => [minute, events]))).toEqual(expected(MINUTE))
    expect(new Map(counting_limits.counted_items.map(({ hour, events }) => [hour, events]))).toEqual(expected(HOUR))
  })

  it('an export is cut off at its limits, and says so', async () => {
    const service = await open()
    for (let n = 0; n < 30; n++)
      await service.ingest.record([{ userId: 'ana', eventId: `e${n}`, itemId: `i${n}`, eventType: 'view' }])
    await service.store.settle()
    const whole = await service.exports.export('ana')
    expect(whole.isComplete).toBe(true)
    const records = (data: JsonObject) => Object.values(data).flatMap((list) => (Array.isArray(list) ? list : []))
    const characters = JSON.stringify(whole.data).length
    const cut = await new UserExports({ ...service, limits: { characters: characters / 2, ms: 10_000 } }).export('ana')
    expect(cut.isComplete).toBe(false)
    expect(JSON.stringify(cut.data).length).toBeLessThan(characters / 2 + 1000)
    expect(records(cut.data).length).toBeGreaterThan(10)
    expect(cut.omitted.at(-1)?.what).toBe('BEYOND_LIMIT')
    // A clock that moves on whenever it is asked: the time is over before the log is read.
    let elapsed = 0
    const clock = { now: () => service.clock.now(), monotonic: () => ++elapsed }
    const timed = new UserExports({ ...service, clock, limits: { characters, ms: 5 } })
    const late = await timed.export('ana')
    expect(late.isComplete).toBe(false)
    expect(late.data.log).toEqual([])
    // What comes after a cut read finds the files free.
    expect((await service.exports.export('ana')).isComplete).toBe(true)
    expect((await service.erasures.erase('ana')).logEntries).toBe(30)
  })
})

onRedis('on Redis', (open) => {
  it('a stored value that cannot be read is exported as it is', async () => {
    const service = await open()
    await service.ingest.record([{ userId: 'ana', eventId: 'e1', itemId: 'hat', eventType: 'view' }])
    const redis = new Redis(service.redisUrl!)
    onTestFinished(() => redis.disconnect())
    const spoilt = Buffer.from('12345678 and no user value')
    await redis.set(new RedisKeys(service.partitioning, service.prefix).value({ kind: 'user', id: 'ana' }), spoilt)
    const { data, isComplete } = await service.exports.export('ana')
    expect(isComplete).toBe(true)
    expect(data.users).toMatchObject([{ userId: 'ana', unreadable: spoilt.toString('base64') }])
    expect(data.log).toMatchObject([{ kind: 'events', userId: 'ana' }])
  })
})
