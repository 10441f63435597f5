import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { CONCURRENT_RANKINGS } from '../../src/slate/ranking-turns.ts'
import { connectRedis } from '../../src/state/redis/connection.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../src/state/redis/log-trimmer.ts'
import { bothStores } from '../support/each-store.ts'
import type { Answer, Messages } from '../support/graphql-client.ts'
import { holdSlates } from '../support/held-slates.ts'
import { type Trace, tracesOf } from '../support/personal-traces.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { asker, connect, serve, TRANSPORTS } from '../support/server.ts'
import type { OpenedService } from '../support/service.ts'
import { LIVE, RECOMMEND, slateOf } from '../support/slate-answer.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** `npm run test:long` asks for 200. */
const ROUNDS = Number(process.env.ERASURE_ROUNDS ?? 4)
const ROUNDS_MS = 60_000 + ROUNDS * 20_000
const ERASE =
  'mutation ($userId: ID!) { eraseUser(input: { userId: $userId }) { ... on EraseUserPayload { keys lingering { kind } } } }'
const ITEMS = Array.from({ length: 12 }, (_, i) => `i${i}`)
const ARCHIVES_ALL = -3_600_000
const inputOf = (userId: string) => ({ input: { userId, first: 5 } })

function views(userId: string, count: number) {
  return ITEMS.slice(0, count).map((itemId) => ({ eventId: `${userId} ${itemId}`, userId, itemId, eventType: 'view' }))
}

bothStores((open, kind) => {
  /** A shop that logs the vectors of all slates, archives its log, and writes snapshots often. */
  async function openShop() {
    const [dataDir, archiveDir] = [await temporaryDirectory(), await temporaryDirectory()]
    const files = kind === 'embedded' ? { dataDir, snapshotEvery: 0.02 } : {}
    const service = await open({ ...files, archiveDir, vectorShare: 1, slatesMemory: 1 })
    const redis = service.redisUrl === undefined ? undefined : new Redis(service.redisUrl)
    if (redis) onTestFinished(() => redis.disconnect())
    await service.uploads.upsertItems(ITEMS.map((itemId, i) => ({ itemId, attributes: { category: `c${i % 3}` } })))
    await service.ingest.record(views('another', ITEMS.length))
    const folders = kind === 'embedded' ? [dataDir, archiveDir] : [archiveDir]
    return { service, archiveDir, left: (ids: readonly string[]) => tracesLeft(service, ids, folders, redis) }
  }

  /** Hashes, and that somebody follows the user, are what an erasure leaves. */
  async function tracesLeft(service: OpenedService, ids: readonly string[], folders: string[], redis: Redis | undefined) {
    await service.store.settle()
    // No snapshot is under way afterwards.
    if (kind === 'embedded') await service.erasures.erase('nobody')
    const traces = await tracesOf(service, ids, folders, redis)
    return traces.filter(({ kind }: Trace) => kind !== 'hashes' && kind !== 'presence')
  }

  /** Archives what is folded. */
  async function archive({ redisUrl, partitioning, prefix, store }: OpenedService, folder: string): Promise<void> {
    if (redisUrl === undefined) return
    await store.settle()
    const connection = connectRedis({ url: redisUrl }, () => {})
    const keys = new RedisKeys(partitioning, prefix)
    await new LogTrimmer({ connection, keys, archive: folder, margin: ARCHIVES_ALL, warn: () => {} }).trim()
    await connection.close()
  }

  const follow = async (url: string, userId: string): Promise<Messages> => {
    const client = connect(TRANSPORTS['graphql-transport-ws'], url)
    const stream = client.subscribe(LIVE, { ...inputOf(userId), minIntervalMs: 0, refreshEveryMs: 100 })
    expect(slateOf(await stream.next()).trigger).toBe('INITIAL')
    return stream
  }

  const isOf = (trigger: string) => (message: Answer) => slateOf(message).trigger === trigger

  it('slates that are asked for before an erasure ends are sent, and neither kept nor logged', async () => {
    const { service, left } = await openShop()
    const [ann, anon, newcomer] = ['ann-2718281828', 'anon-3141592653', 'newcomer-1618033988']
    await service.ingest.record([...views(ann, 5), ...views(anon, 3)])
    await service.people.merge(anon, ann)
    const ids = [ann, anon, newcomer]
    const { url } = await serve(service)
    const streams = await Promise.all(ids.map((id) => follow(url, id)))
    const ask = asker(service)
    await ask(RECOMMEND, inputOf(newcomer))
    expect((await left([newcomer])).length).toBeGreaterThan(0)
    const held = holdSlates(service.store)
    // Some wait for the store, and the others for their turn.
    const turns = CONCURRENT_RANKINGS[kind]
    const asked = Array.from({ length: turns + 12 }, (_, n) => ask(RECOMMEND, inputOf(ids[n % ids.length])))
    await held.waiting(turns)
    const erased = await Promise.all([ann, newcomer].map((userId) => ask(ERASE, { userId })))
    for (const { data } of erased) expect(data).toMatchObject({ eraseUser: { keys: expect.any(Number) } })
    held.release()
    for (const answer of await Promise.all(asked)) {
      expect(slateOf(answer).items).toHaveLength(5)
      expect(slateOf(answer).warnings).toEqual([])
    }
    // Who has a stream open has not asked again.
    for (const stream of streams) {
      await stream.until(isOf('ERASED'))
      await stream.until(isOf('REFRESH'))
      await stream.until(isOf('REFRESH'))
    }
    expect(await left(ids)).toEqual([])
    // From now on, they are users like others.
    await ask(RECOMMEND, inputOf(newcomer))
    expect((await left([newcomer])).length).toBeGreaterThan(0)
    await service.ingest.record([{ eventId: 'anew', userId: ann, itemId: 'i1', eventType: 'view' }])
    const slate = slateOf((await streams[0].until(isOf('EVENT'))).at(-1)!)
    expect(await service.store.getSlate(slate.recommendationId)).toBeDefined()
  })

  it(`an erasure leaves nothing under load, ${ROUNDS} rounds`, { timeout: ROUNDS_MS }, async () => {
    const chance = seededRandomness(20261202)
    const { service, archiveDir, left } = await openShop()
    // On Redis, another process erases now and then.
    const other = kind === 'redis' ? await open({ prefix: service.prefix, archiveDir, clock: service.clock }) : service
    const askers = [service, other].map((process) => asker(process))
    const { url } = await serve(service)
    const gone: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const [user, merged, merging] = ['user', 'merged', 'merging'].map((name) => `${name}-${round}-2718281828`)
      // Some have recorded nothing.
      if (chance.integer(4) > 0) await service.ingest.record([...views(user, 4), ...views(merged, 2), ...views(merging, 2)])
      await service.people.merge(merged, user)
      const streams = await Promise.all([user, merged].slice(chance.integer(3)).map((id) => follow(url, id)))
      const held = holdSlates(service.store)
      const ids = [user, merged, merging]
      const count = 3 + chance.integer(78)
      const slates = Array.from({ length: count }, (_, n) => askers[0](RECOMMEND, inputOf(ids[n % ids.length])))
      const others = service.ingest.record(views(`other ${round}`, ITEMS.length))
      await held.waiting(1 + chance.integer(3))
      // A merge may be too late for the erasure, or may be refused by it: then the id is erased on its own.
      const merge = service.people.merge(merging, user).catch(() => {})
      const archived = archive(service, archiveDir)
      if (chance.integer(2) > 0) held.release()
      const erased = [user, merging].map((userId) => askers[chance.integer(2)](ERASE, { userId }))
      for (const { errors } of await Promise.all(erased)) expect(errors).toBeUndefined()
      held.release()
      await Promise.all([...slates, merge, others, archived])
      for (const stream of streams) {
        await stream.until(isOf('ERASED'))
        await stream.until(isOf('REFRESH'))
        stream.end()
      }
      expect(await left(ids), `round ${round}`).toEqual([])
      gone.push(...ids)
    }
    await archive(service, archiveDir)
    expect(await left(gone)).toEqual([])
  })
})
