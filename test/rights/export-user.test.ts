import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { SECTIONS } from '../../src/rights/person-export.ts'
import { type UserExport, UserExports } from '../../src/rights/user-exports.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { HOUR, MINUTE } from '../../src/time-units.ts'
import { bothStores, onRedis } from '../support/each-store.ts'
import { asker } from '../support/server.ts'

const EXPORT = /* GraphQL */ `
  query ($userId: ID!, $after: String) {
    exportUser(userId: $userId, after: $after) { userId userIds exportedAt data complete notIncluded { kind message } }
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
  notIncluded: z.array(z.object({ kind: z.string(), message: z.string() })),
})

bothStores((open, kind) => {
  async function ask(ask: ReturnType<typeof asker>, userId: string) {
    const { data, errors } = await ask(EXPORT, { userId })
    expect(errors).toBeUndefined()
    return answered.parse(data?.exportUser)
  }

  it('exportUser returns the state of each accumulator, events, slates and log entries, under every id', async () => {
    const service = await open()
    const { uploads, ingest, people, recommender, clock } = service
    await uploads.upsertItems([{ itemId: 'hat', attributes: { category: 'hats', brand: 'acme', price: 10 } }])
    await uploads.upsertUsers([{ userId: 'ana', attributes: { age: 40 } }])
    await uploads.uploadOfflineRecommendations([{ userId: 'ana', items: [{ itemId: 'hat', score: 2 }] }])
    await ingest.record([{ userId: 'phone', eventId: 'e1', itemId: 'hat', eventType: 'view', sessionId: 'visit' }])
    await people.merge('phone', 'ana')
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
    expect(exported.notIncluded.map(({ kind }) => kind)).toEqual(['SHARED_SUMS', ...others])
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

  it('an export comes in pages, which together have each record once', async () => {
    const service = await open()
    for (let n = 0; n < 30; n++)
      await service.ingest.record([{ userId: 'ana', eventId: `e${n}`, itemId: `i${n}`, eventType: 'view' }])
    await service.store.settle()
    const whole = await service.exports.export('ana')
    expect([whole.isComplete, whole.endCursor]).toEqual([true, null])
    const records = ({ data }: UserExport) => SECTIONS.flatMap((section) => data[section] as JsonObject[])
    const largest = Math.max(...records(whole).map((record) => JSON.stringify(record).length))
    const paged = new UserExports({ ...service, limits: { bytes: largest, ms: 10_000 } })
    const pages = [await paged.export('ana')]
    for (let last = pages[0]; last.endCursor !== null; pages.push(last)) {
      expect([last.isComplete, last.omitted.at(-1)?.kind]).toEqual([false, 'BEYOND_LIMIT'])
      // A change of the user between two pages changes the state, but no place.
      if (pages.length === 2) await service.uploads.upsertUsers([{ userId: 'ana', attributes: { age: 40 } }])
      last = await paged.export('ana', last.endCursor)
    }
    expect(pages.length).toBeGreaterThan(5)
    for (const page of pages) {
      const bytes = records(page).map((record) => Buffer.byteLength(JSON.stringify(record)))
      expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(largest)
    }
    expect(pages.at(-1)?.isComplete).toBe(true)
    const ids = (found: JsonObject[]) => found.map((record) => JSON.stringify(record.eventId ?? record.events ?? null))
    const exported = pages.flatMap(records)
    expect(ids(exported).slice(0, records(whole).length)).toEqual(ids(records(whole)))
    expect(new Set(exported.map((record) => JSON.stringify(record))).size).toBe(exported.length)
  })

  it('an export says what it lacks: a record that no page can hold, and the end of a log that takes long to read', async () => {
    const service = await open()
    const big = { note: 'x'.repeat(4000) }
    await service.ingest.record([{ userId: 'ana', eventId: 'big', eventType: 'view', itemId: 'i', eventAttributes: big }])
    for (let n = 0; n < 8; n++)
      await service.ingest.record([{ userId: 'ana', eventId: `e${n}`, itemId: `i${n}`, eventType: 'view' }])
    await service.store.settle()
    const small = new UserExports({ ...service, limits: { bytes: 3000, ms: 10_000 } })
    let page = await small.export('ana')
    let found = ''
    for (; page.endCursor !== null; page = await small.export('ana', page.endCursor)) found += JSON.stringify(page.data)
    found += JSON.stringify(page.data)
    expect([page.isComplete, page.omitted.at(-1)?.kind]).toEqual([false, 'BEYOND_LIMIT'])
    expect([found.includes('"e7"'), found.includes('xxxx')]).toEqual([true, false])
    // A clock that moves on whenever it is asked: the time is over before the log is read.
    let elapsed = 0
    const clock = { now: () => service.clock.now(), monotonic: () => ++elapsed }
    const late = await new UserExports({ ...service, clock, limits: { bytes: 2 ** 20, ms: 5 } }).export('ana')
    expect([late.isComplete, late.endCursor, late.data.log]).toEqual([false, null, []])
    // What comes after a cut read finds the files free.
    expect((await service.exports.export('ana')).isComplete).toBe(true)
    expect((await service.erasures.erase('ana')).logEntries).toBe(9)
  })

  it('exportUser refuses a cursor that is none, or whose place is gone', async () => {
    const service = await open()
    for (let n = 0; n < 4; n++) await service.ingest.record([{ userId: 'ana', eventId: `e${n}`, itemId: 'i', eventType: 'view' }])
    await service.store.settle()
    const { endCursor } = await new UserExports({ ...service, limits: { bytes: 1500, ms: 10_000 } }).export('ana')
    await service.erasures.erase('ana')
    const query = asker(service)
    for (const after of ['', 'e1', endCursor]) {
      const { data, errors } = await query(EXPORT, { userId: 'ana', after })
      expect([data?.exportUser, errors?.[0]?.extensions?.code]).toEqual([null, 'BAD_USER_INPUT'])
    }
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
