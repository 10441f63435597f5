import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { connectRedis } from '../../src/state/redis/connection.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../src/state/redis/log-trimmer.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { liverank } from '../support/command.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const LISTS = ['events', 'offlineLists', 'slates', 'eventIdHashes', 'log']

/** Ana acts under three ids, which become one person step by step, beside many others. */
async function live(service: OpenedService, archive: () => Promise<void>): Promise<void> {
  const { ingest, uploads, people, recommender, clock, store } = service
  await uploads.upsertItems(['a', 'b'].map((itemId) => ({ itemId, attributes: { category: 'hats', price: 5 } })))
  await uploads.upsertUsers([{ userId: 'ana', attributes: { plan: 'gold' } }])
  await uploads.uploadOfflineRecommendations([{ userId: 'ana', items: [{ itemId: 'a', score: 1 }] }])
  const view = async (userId: string, n: number) => {
    const event = { userId, itemId: n % 2 ? 'a' : 'b', eventType: 'view', eventId: `${userId}-${n}`, sessionId: 's1' }
    await ingest.record([{ ...event, timestamp: clock.now() }])
  }
  for (let n = 0; n < 20; n++) {
    clock.advance(1000)
    for (const userId of ['ana', 'phone', 'tablet', `other-${n}`]) await view(userId, n)
    if (n === 5) await people.merge('phone', 'tablet')
    if (n === 9) await archive()
    if (n === 12) await people.merge('tablet', 'ana')
    const absent = { surface: undefined, anchorItemId: undefined, sessionId: undefined, device: undefined }
    if (n % 7 === 0) await recommender.recommend({ userId: 'phone', first: 2, rules: {}, ...absent }, 'INITIAL')
  }
  await store.settle()
}

/** Fails unless a file of the command says what the running service says. */
async function expectSameExport(file: string, service: OpenedService): Promise<void> {
  const written = JSON.parse(await readFile(file, 'utf8')) as JsonObject
  const { data, isComplete } = await service.exports.export('phone')
  expect(isComplete).toBe(true)
  expect(written).toMatchObject({ format: 1, userId: 'phone', complete: true })
  expect(written.userIds).toEqual(['ana', ...(written.userIds as string[]).slice(1)])
  expect([...(written.userIds as string[])].sort()).toEqual(['ana', 'phone', 'tablet'])
  for (const list of LISTS) expect([list, written[list]]).toEqual([list, data[list]])
  // Decayed sums stand as of the moment of each export.
  const withoutState = (users: JsonObject) =>
    (users.users as JsonObject[]).map((user) => ({ ...user, state: Object.keys(user.state as object) }))
  expect(withoutState(written)).toEqual(withoutState(data))
  expect(withoutState(written)[0].state).toEqual(expect.arrayContaining(['session', 'user_item', 'user_activity']))
  expect((written.log as JsonObject[]).length).toBeGreaterThan(60)
}

/** A service on files, after the lives of people whom the tests export. */
async function livedIn(dataDir: string): Promise<OpenedService> {
  const clock = new SettableClock(Date.now() - 60_000)
  const service = await openOn(undefined, { dataDir, domain: eCommerce, clock, snapshotEvery: 0.004 })
  await live(service, async () => {})
  return service
}

describe('liverank export --user', () => {
  it('writes all data of a person from the files of an embedded store in use, and never overwrites a file', async () => {
    const DATA_DIR = await temporaryDirectory()
    const service = await livedIn(DATA_DIR)
    const file = join(await temporaryDirectory(), 'ana.json')
    const { code, out, errors } = await liverank(['export', '--user', 'phone', file], { DATA_DIR })
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(out).toMatch(/^Exported \d+ records of 3 ids of phone\.\n$/)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await expectSameExport(file, service)
    const piped = await liverank(['export', '--user', 'phone', '-'], { DATA_DIR })
    const { exportedAt: _, ...of } = JSON.parse(piped.out) as JsonObject
    expect(of).toMatchObject({ format: 1, userId: 'phone', complete: true })

    const again = await liverank(['export', '--user', 'phone', file], { DATA_DIR })
    expect(again).toMatchObject({ code: 2, errors: expect.stringContaining(`${file} exists, and an export never overwrites`) })
    const unknown = await liverank(['export', '--user', 'nobody', '-'], { DATA_DIR })
    expect(unknown).toMatchObject({ code: 0, errors: 'Nothing is stored of nobody: all lists are empty.\n' })
    expect(JSON.parse(unknown.out)).toMatchObject({
      users: [],
      events: [],
      offlineLists: [],
      slates: [],
      eventIdHashes: [],
      log: [],
    })
    const invalid = await liverank(['export', '--user', '', '-'], { DATA_DIR })
    expect(invalid).toMatchObject({ code: 2, out: '', errors: expect.stringContaining('--user') })
  })

  it('reads the state before a damaged snapshot, and says so', async () => {
    const DATA_DIR = await temporaryDirectory()
    const service = await livedIn(DATA_DIR)
    // It writes two snapshots.
    await service.erasures.erase('other-0')
    await service.close()
    const reopened = await openOn(undefined, { dataDir: DATA_DIR, domain: eCommerce, clock: new SettableClock() })
    const snapshots = (await readdir(DATA_DIR)).filter((name) => name.startsWith('snapshot-')).sort()
    expect(snapshots.length).toBe(2)
    await writeFile(join(DATA_DIR, snapshots[1]), 'damaged')
    const file = join(await temporaryDirectory(), 'ana.json')
    const { code, errors } = await liverank(['export', '--user', 'phone', file], { DATA_DIR })
    expect({ code, errors }).toEqual({ code: 0, errors: expect.stringContaining('is not a complete snapshot') })
    await expectSameExport(file, reopened)
  })

  it.skipIf(!redisAvailable)('writes all data of a person from Redis and the archive', async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const archive = await temporaryDirectory()
    const service = await openOn(redis.url, {
      prefix: 'shop',
      archiveDir: archive,
      domain: eCommerce,
      clock: new SettableClock(Date.now() - 60_000),
    })
    const connection = connectRedis({ url: redis.url }, () => {})
    onTestFinished(() => connection.close())
    const keys = new RedisKeys(service.partitioning, 'shop')
    await live(service, async () => {
      await service.store.settle()
      await new LogTrimmer({ connection, keys, archive, margin: -3_600_000, warn: () => {} }).trim()
    })
    const file = join(await temporaryDirectory(), 'ana.json')
    const settings = { REDIS_URL: redis.url, REDIS_PREFIX: 'shop', ARCHIVE_DIR: archive }
    const { code, errors } = await liverank(['export', '--user', 'phone', file], settings)
    expect({ code, errors: errors.replace(/Warning: .*no append-only file.*\n/, '') }).toEqual({ code: 0, errors: '' })
    await expectSameExport(file, service)
    const { log, eventIdHashes } = JSON.parse(await readFile(file, 'utf8')) as { log: JsonObject[]; eventIdHashes: JsonObject[] }
    // The owner of a merged owner knows the hashes of the former owner too.
    expect(new Set(eventIdHashes.map(({ hash }) => hash)).size).toBe(60)
    const eventIds = log.flatMap((entry) => (entry.kind === 'events' ? (entry.events as { event: { eventId: string } }[]) : []))
    expect(new Set(eventIds.map(({ event }) => event.eventId)).size).toBe(60)
    expect(eventIds.length).toBe(60)
  })
})
