import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { decodeSignal } from '../../../src/events/swap.ts'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { onRedis } from '../../support/each-store.ts'
import { eventually } from '../../support/eventually.ts'
import { commandsDuring } from '../../support/redis-commands.ts'
import { RedisServer, type RedisSettings, redisAvailable } from '../../support/redis-server.ts'
import { asker } from '../../support/server.ts'
import { type OpenedService, openOn } from '../../support/service.ts'
import { snapshot } from '../../support/state-snapshot.ts'

const ANN = 'ann-2718281828'
const TEXT = 'a-text-of-ann-1618033988'

/** Of many users, in all partitions, with Ann between them. */
async function recordMany(service: OpenedService, users: number): Promise<void> {
  const events = Array.from({ length: users }, (_, i) => [
    { eventId: `e${i}`, userId: `u${i}`, itemId: 'i1', eventType: 'view' },
    { eventId: `${TEXT}-${i}`, userId: ANN, itemId: 'i2', eventType: 'view', eventAttributes: { note: TEXT } },
  ]).flat()
  for (const event of events) expect((await service.ingest.record([event]))[0].status).toBe('RECORDED')
}

async function filesOf(directory: string): Promise<string> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile())
  return (await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')))).join('')
}

describe.skipIf(!redisAvailable)('the data that Redis writes about an erased user', () => {
  const settings: Record<string, RedisSettings> = {
    'an append-only file': { appendonly: 'yes', 'aof-use-rdb-preamble': 'no', 'auto-aof-rewrite-percentage': '0' },
    'a snapshot': { rdbcompression: 'no' },
  }

  it.each(Object.keys(settings))(
    'contains neither their id nor the text of an event after Redis has rewritten %s',
    async (kind) => {
      const redis = await RedisServer.start(settings[kind])
      onTestFinished(() => redis.stop())
      const admin = new Redis(redis.url)
      onTestFinished(() => admin.disconnect())
      const service = await openOn(redis.url)
      await recordMany(service, 40)
      const writeAnew = async () => {
        if (kind === 'a snapshot') await admin.save()
        else {
          await admin.bgrewriteaof()
          await eventually(async () => expect(await admin.info('persistence')).toContain('aof_rewrite_in_progress:0'))
        }
      }
      await writeAnew()
      const before = await filesOf(redis.directory)
      expect([before.includes(ANN), before.includes(TEXT)]).toEqual([true, true])
      const { lingering } = await service.erasures.erase(ANN)
      expect(lingering).toEqual([
        { kind: 'EVENT_ID_HASHES', until: expect.any(Number) },
        { kind: 'REDIS_FILES', until: undefined },
      ])
      await writeAnew()
      const after = await filesOf(redis.directory)
      expect([after.includes(ANN), after.includes(TEXT)]).toEqual([false, false])
      expect(after).toContain('u39')
    },
  )
})

onRedis('an erasure on Redis', (open, server) => {
  async function admin(): Promise<Redis> {
    const client = new Redis(server().url)
    onTestFinished(() => client.disconnect())
    return client
  }

  it('of a person with merged ids, and a merge of an owner, add event ids and their expiry in one step', async () => {
    const service = await open()
    const redis = await admin()
    const additions = async (act: () => Promise<void>) => {
      const commands = await commandsDuring(redis, act)
      const added = commands.filter(({ name, args }) => name === 'zadd' && args[0].includes(':ids:'))
      return new Set(added.map(({ source }) => source))
    }
    for (const userId of ['leaf', 'owner', 'last'])
      await service.ingest.record([{ eventId: `of ${userId}`, userId, itemId: 'i1', eventType: 'view' }])
    const merged = await additions(async () => {
      await service.people.merge('leaf', 'owner')
      await service.people.merge('owner', 'last')
    })
    expect(merged).toEqual(new Set(['lua']))
    const erased = await additions(async () => {
      await service.erasures.erase('last')
    })
    expect(erased).toEqual(new Set(['lua']))
  })

  it('keeps the ids and the order of other entries, and new entries follow them', async () => {
    const service = await open()
    const redis = await admin()
    const keys = new RedisKeys(service.partitioning, service.prefix)
    await recordMany(service, 30)
    const logs = () => Promise.all([0, 1, 2, 3].map((partition) => redis.xrange(keys.log(partition), '-', '+')))
    const before = await logs()
    await service.erasures.erase(ANN)
    const after = await logs()
    for (const [partition, entries] of after.entries()) {
      const others = before[partition].filter(([, fields]) => !fields.join('').includes(ANN))
      expect(entries.slice(0, others.length)).toEqual(others)
      for (const [, fields] of entries.slice(others.length)) expect(fields[1]).toContain('"kind":"sums"')
    }
    const late = { eventId: 'late', userId: 'u1', itemId: 'i3', eventType: 'view' }
    expect((await service.ingest.record([late]))[0].status).toBe('RECORDED')
    const { rows } = await snapshot(service, [])
    expect(Object.keys(rows)).toEqual(expect.arrayContaining(['item:i1', 'item:i2', 'item:i3']))
    expect(await redis.keys(`${service.prefix}:*:copy:*`)).toEqual([])
  })

  it('tells followers of the user that the user begins anew', async () => {
    const service = await open()
    await recordMany(service, 1)
    let tell = (_: string) => {}
    const told = new Promise<string>((resolve) => {
      tell = resolve
    })
    await service.signals.followUser(ANN, (signal) => decodeSignal(signal).erased && tell(signal))
    await service.erasures.erase(ANN)
    expect(decodeSignal(await told).userId).toBe(ANN)
  })

  it('keeps hashes of event ids no longer than it said if erased events are sent again', async () => {
    const service = await open()
    const redis = await admin()
    const hashes = new RedisKeys(service.partitioning, service.prefix).identities({ kind: 'user', id: ANN })
    await recordMany(service, 1)
    await service.erasures.erase(ANN)
    await redis.pexpire(hashes, 60_000)
    const again = { eventId: `${TEXT}-0`, userId: ANN, itemId: 'i2', eventType: 'view' }
    expect((await service.ingest.record([again]))[0].status).toBe('DUPLICATE')
    expect(await redis.pttl(hashes)).toBeLessThanOrEqual(60_000)
  })

  it('tells the caller which data lingers, and until when', async () => {
    const service = await open()
    await recordMany(service, 1)
    const erase = `mutation { eraseUser(input: { userId: "${ANN}" }) { ... on EraseUserPayload { lingering { kind until } } } }`
    const { data } = await asker(service)(erase)
    const lingering = [
      { kind: 'EVENT_ID_HASHES', until: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
      { kind: 'REDIS_FILES', until: null },
    ]
    expect(data).toEqual({ eraseUser: { lingering } })
  })

  it('loses nothing of other users if many erasures run in two processes while events are recorded', async () => {
    const one = await open()
    const other = await open({ prefix: one.prefix })
    const users = Array.from({ length: 40 }, (_, i) => `gone-${i}`)
    const event = (eventId: string, userId: string) => ({ eventId, userId, itemId: 'i1', eventType: 'view' })
    for (const userId of users) await one.ingest.record([event('e', userId), event('f', userId)])
    const results = await Promise.all([
      ...users.map((userId, i) => (i % 2 === 0 ? one : other).erasures.erase(userId)),
      // The same again by the other process.
      ...users.slice(0, 10).map((userId, i) => (i % 2 === 0 ? other : one).erasures.erase(userId)),
    ])
    const kept = Array.from({ length: 200 }, (_, i) => `kept-${i}`)
    const [outcomes] = await Promise.all([
      one.ingest.record(kept.map((userId) => event('e', userId))),
      ...users.map((userId) => other.erasures.erase(userId)),
    ])
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['RECORDED']))
    expect(results.reduce((sum, { logEntries }) => sum + logEntries, 0)).toBe(users.length)
    const redis = await admin()
    const keys = new RedisKeys(one.partitioning, one.prefix)
    const logged = (await Promise.all([0, 1, 2, 3].map((p) => redis.xrange(keys.log(p), '-', '+')))).flat()
    const text = JSON.stringify(logged)
    expect(users.filter((userId) => text.includes(userId))).toEqual([])
    expect(kept.filter((userId) => !text.includes(`\\"${userId}\\"`))).toEqual([])
    await one.store.settle()
    const views = (await snapshot(one, [])).rows['item:i1']
    expect(JSON.stringify(views)).toContain(String(2 * users.length + kept.length))
  })
})
