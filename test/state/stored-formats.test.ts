import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Domain } from '../../src/domain/domain.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { ColumnWriter } from '../../src/state/column-codec.ts'
import type { MemoryStore } from '../../src/state/embedded/store.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { STAMP_BYTES } from '../../src/state/user-value-codec.ts'
import { onRedis } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { type OpenedService, openOn, UNLIMITED } from '../support/service.ts'
import { START } from '../support/settable-clock.ts'
import { expectSameState, snapshot } from '../support/state-snapshot.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { ALWAYS, snapshotsIn } from './embedded/compacted-store.ts'

const USERS = ['ann', '-8650633878742415867', '3f2b8c1e-5a4d-4f6e-9b7a-0c1d2e3f4a5b'] as const
const TYPES = ['view', 'impression', 'click', 'add_to_cart', 'purchase', 'view'] as const
const EVENTS: readonly EventInput[] = USERS.flatMap((userId, u) =>
  Array.from({ length: 12 }, (_, i) => ({
    eventId: `e${u}-${i}`,
    userId,
    itemId: `i${(u + i * 5) % 7}`,
    eventType: TYPES[(u + i) % TYPES.length],
    timestamp: START - (40 - i) * 7_000_003,
    sessionId: `s${i >> 2}`,
    eventAttributes: { device: i % 2 ? 'ios' : 'desktop', surface: 'home', position: 1 + (i % 3) },
  })),
)
const FORMAT_1 = join(import.meta.dirname, 'format-1')
/** What begins a user value of an earlier version: a stamp, the format, a version, and the time of the latest event. */
const EARLIER_VALUE = earlierValue()

function earlierValue(): Buffer {
  const writer = new ColumnWriter()
  writer.bytes(Buffer.alloc(STAMP_BYTES, 7))
  writer.count(2)
  writer.count(1)
  writer.time(START)
  return writer.take()
}

const REFUSAL = {
  code: 'LAYOUT_MISMATCH',
  message: expect.stringMatching(/state of a user in format 2.*liverank export.*liverank import/),
}

/** What the folder `format-1` was made of, by the commit 5d47627a: the events are in its snapshot, the upload of a user in its journal. */
async function recordAll({ uploads, ingest }: OpenedService): Promise<void> {
  await uploads.upsertItems(
    Array.from({ length: 7 }, (_, i) => ({
      itemId: `i${i}`,
      attributes: { title: `Item ${i}`, category: `c${i % 3}`, brand: `b${i % 2}`, price: 10 + i },
    })),
  )
  await ingest.record(EVENTS)
}

/** The shop with the accumulators of that commit: those that came later count what comes after them. */
const SHOP: Domain = {
  ...UNLIMITED,
  accumulators: UNLIMITED.accumulators.filter(({ name }) => name !== 'buy_again'),
  sources: UNLIMITED.sources.filter(({ name }) => name !== 'buy_again'),
}

it('the folder of a store in format 1 is read as if this version had recorded its events', async () => {
  const dataDir = await temporaryDirectory()
  await cp(FORMAT_1, dataDir, { recursive: true })
  const [read, recorded] = [await openOn(undefined, { dataDir, domain: SHOP }), await openOn(undefined, { domain: SHOP })]
  await recordAll(recorded)
  await recorded.uploads.upsertUsers([{ userId: 'ann', attributes: { city: 'Rome' } }])
  expectSameState(await snapshot(read, USERS), await snapshot(recorded, USERS))
  expect(read.warnings).toEqual([])
})

describe('a start on a snapshot of an earlier format is refused, and changes nothing', () => {
  it('with the state of a user', async () => {
    const dataDir = await temporaryDirectory()
    const first = await openOn(undefined, { dataDir, snapshotEvery: ALWAYS })
    await first.ingest.record(EVENTS.filter(({ userId }) => userId === 'ann'))
    ;(first.store as MemoryStore).restoreValue({ kind: 'user', id: 'ann' }, EARLIER_VALUE)
    const writtenAnew = async () => {
      await first.uploads.upsertItems([{ itemId: 'i0', attributes: { price: 1 } }])
      const path = (await snapshotsIn(dataDir)).at(-1)
      expect(path !== undefined && (await readFile(join(dataDir, path))).includes(EARLIER_VALUE)).toBe(true)
    }
    await eventually(writtenAnew)
    await first.close()
    const files = await readdir(dataDir)
    await expect(openOn(undefined, { dataDir })).rejects.toMatchObject(REFUSAL)
    expect(await readdir(dataDir)).toEqual(files)
  })

  it('with a block of a kind that only that format has', async () => {
    const dataDir = await temporaryDirectory()
    await cp(FORMAT_1, dataDir, { recursive: true })
    const [path] = (await snapshotsIn(dataDir)).map((name) => join(dataDir, name))
    const block = Buffer.from([6, 0, 0, 0, 0])
    const frame = Buffer.alloc(8)
    frame.writeUInt32LE(block.length)
    frame.writeUInt32LE(crc32(block), 4)
    await writeFile(path, Buffer.concat([frame, block, await readFile(path)]))
    const files = await readdir(dataDir)
    await expect(openOn(undefined, { dataDir })).rejects.toMatchObject({
      code: 'LAYOUT_MISMATCH',
      message: expect.stringContaining(`${path} has a block of the kind 6, which this version does not read.`),
    })
    expect(await readdir(dataDir)).toEqual(files)
  })
})

onRedis('on Redis', (open) => {
  it('a start on a store of an earlier format is refused', async () => {
    const { redisUrl, prefix, partitioning, ...first } = await open()
    await first.ingest.record(EVENTS.filter(({ userId }) => userId === 'ann'))
    await first.close()
    const redis = new Redis(redisUrl!)
    onTestFinished(() => redis.disconnect())
    await redis.set(new RedisKeys(partitioning, prefix).value({ kind: 'user', id: 'ann' }), EARLIER_VALUE)
    await expect(open({ prefix })).rejects.toMatchObject(REFUSAL)
  })
})
