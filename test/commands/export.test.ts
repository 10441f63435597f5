import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readArchive } from '../../src/state/log/archive.ts'
import { connectRedis } from '../../src/state/redis/connection.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../src/state/redis/log-trimmer.ts'
import { liverank } from '../support/command.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const USERS = ['ann', 'bob', 'cem', 'dee', 'eve', 'flo']

/** Ten views of each user; cem opts out. */
async function record({ ingest, uploads, clock, ...service }: OpenedService): Promise<void> {
  await uploads.upsertItems(['a', 'b'].map((itemId) => ({ itemId, attributes: { price: 5 } })))
  for (let n = 0; n < 10; n++) {
    clock.advance(1000)
    await ingest.record(
      USERS.map((userId) => ({
        eventId: `${userId}-${n}`,
        userId,
        itemId: n % 2 ? 'a' : 'b',
        eventType: 'view',
        timestamp: clock.now(),
      })),
    )
  }
  await uploads.upsertUsers([
    { userId: 'cem', attributes: {}, optOut: true },
    { userId: 'eve', attributes: { plan: 'gold' } },
  ])
  await service.store.settle()
}

async function idsIn(...folders: string[]): Promise<string[]> {
  const ids: string[] = []
  for await (const { entry } of readArchive(...folders))
    if (entry.kind === 'events') ids.push(...entry.events.map(({ event }) => event.eventId))
  return ids.sort()
}

const ALL = USERS.flatMap((userId) => Array.from({ length: 10 }, (_, n) => `${userId}-${n}`)).sort()

describe('liverank export', () => {
  it('writes the log of an embedded store that is in use, and never overwrites a file', async () => {
    const DATA_DIR = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir: DATA_DIR })
    await record(service)
    const folder = join(await temporaryDirectory(), 'new/log')
    const { code, out, errors } = await liverank(['export', folder], { DATA_DIR })
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(out).toMatch(/^Exported \d+ entries with 60 events recorded from .*\nRead it with: liverank train /)
    expect((await readdir(folder)).sort()).toEqual(['export.json', 'journal-000001.jsonl.gz'])
    expect(await readdir(join(folder, '..'))).toEqual(['log'])
    expect(await idsIn(folder)).toEqual(ALL)
    const packed = gunzipSync(await readFile(join(folder, 'journal-000001.jsonl.gz'))).toString()
    const journal = await readFile(join(DATA_DIR, 'journal.jsonl'), 'utf8')
    expect(journal.split('\n')).toEqual(expect.arrayContaining(packed.split('\n')))

    const again = await liverank(['export', folder], { DATA_DIR })
    expect(again).toMatchObject({ code: 2, errors: expect.stringContaining(`${folder} exists, and an export never overwrites`) })
    const piped = await liverank(['export', '-'], { DATA_DIR })
    expect(piped.out).toBe(packed)
    expect(piped.errors).toMatch(/^Exported \d+ entries with 60 events/)
  })

  it('writes a log that import reads without the users who have opted out', async () => {
    const DATA_DIR = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir: DATA_DIR })
    await record(service)
    const folder = join(await temporaryDirectory(), 'log')
    await liverank(['export', folder], { DATA_DIR })
    const elsewhere = await temporaryDirectory()
    const imported = await liverank(['import', folder], { DATA_DIR: elsewhere })
    expect(imported).toMatchObject({ code: 0, out: expect.stringContaining('50 events recorded, 0 already known, 0 rejected') })
    expect(await idsIn(elsewhere)).toEqual(ALL.filter((id) => !id.startsWith('cem')))
    const journal = await readFile(join(elsewhere, 'journal.jsonl'), 'utf8')
    expect(journal).toMatch(/"kind":"user","id":"cem".*"optedOut":true/)
    expect(journal).toMatch(/"kind":"user","id":"eve".*"plan":"gold"/)
    // A store with required consent takes only the events of who has consented.
    await service.uploads.upsertUsers([
      { userId: 'ann', consent: true, attributes: { plan: 'silver' } },
      { userId: 'bob', consent: true, attributes: {} },
      { userId: 'bob', consent: false, attributes: {} },
    ])
    const later = join(await temporaryDirectory(), 'log')
    await liverank(['export', later], { DATA_DIR })
    const strict = await temporaryDirectory()
    const required = await liverank(['import', later], { DATA_DIR: strict, CONSENT: 'required' })
    expect(required).toMatchObject({ code: 0, out: expect.stringContaining('10 events recorded, 0 already known, 30 rejected') })
    expect(required.out).toContain('the user dee has not consented.')
    expect(await idsIn(strict)).toEqual(ALL.filter((id) => id.startsWith('ann')))
    const wrong = await liverank(['import', folder, '--surface-attribute', 'tab'], { DATA_DIR: elsewhere })
    expect(wrong).toMatchObject({ code: 2, errors: expect.stringContaining('was recorded by Liverank') })
  })

  it.skipIf(!redisAvailable)('writes the entries in Redis and in the archive, each once', async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const service = await openOn(redis.url, { prefix: 'shop' })
    await record(service)
    const archive = await temporaryDirectory()
    const connection = connectRedis({ url: redis.url }, () => {})
    onTestFinished(() => connection.close())
    const keys = new RedisKeys(service.partitioning, 'shop')
    await new LogTrimmer({ connection, keys, archive, margin: -3_600_000, warn: () => {} }).trim()
    await service.ingest.record([
      { eventId: 'late', userId: 'ann', itemId: 'a', eventType: 'view', timestamp: service.clock.now() },
    ])

    const folder = join(await temporaryDirectory(), 'log')
    const settings = { REDIS_URL: redis.url, REDIS_PREFIX: 'shop', ARCHIVE_DIR: archive }
    const { code, errors } = await liverank(['export', folder], settings)
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(await idsIn(folder)).toEqual([...ALL, 'late'].sort())
    expect((await readdir(archive)).length).toBeGreaterThan(0)
    const piped = await liverank(['export', '-'], settings)
    expect(piped.out.match(/"eventId":"late"/g)).toHaveLength(1)

    const other = await liverank(['export', '-'], { ...settings, REDIS_PREFIX: 'other' })
    expect(other).toMatchObject({ code: 78, errors: expect.stringContaining('holds no store with REDIS_PREFIX other') })
  })

  it('says what is wrong, and leaves no files', async () => {
    const parent = await temporaryDirectory()
    const DATA_DIR = join(parent, 'none')
    expect(await liverank(['export', join(parent, 'log')], { DATA_DIR })).toMatchObject({
      code: 78,
      errors: expect.stringContaining('holds no log: set it to the folder of an embedded store'),
    })
    expect(await liverank(['export', join(parent, 'log'), '--archive', '/nowhere'], { DATA_DIR })).toMatchObject({
      code: 2,
      errors: expect.stringContaining('/nowhere does not exist'),
    })
    await mkdir(DATA_DIR)
    await writeFile(join(DATA_DIR, 'journal.jsonl'), '{"kind":"layout","format":1,"names":{"item":[],"attribute":[]}}\nbroken\n')
    const broken = await liverank(['export', '-'], { DATA_DIR })
    expect(broken.errors).toMatch(/Warning: 1 broken lines were omitted:\n.*journal\.jsonl:2: the line is not JSON/)
    expect(await readdir(parent)).toEqual(['none'])
  })
})
