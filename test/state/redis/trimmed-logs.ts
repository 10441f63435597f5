import { expect, onTestFinished } from 'vitest'
import { Restore } from '../../../src/events/restore.ts'
import type { EventInput } from '../../../src/events/validate-event.ts'
import type { MemoryStore } from '../../../src/state/embedded/store.ts'
import { readArchive } from '../../../src/state/log/archive.ts'
import { connectRedis } from '../../../src/state/redis/connection.ts'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { LogTrimmer, type LogTrimmerOptions } from '../../../src/state/redis/log-trimmer.ts'
import { eventually } from '../../support/eventually.ts'
import { seededRandomness } from '../../support/seeded-randomness.ts'
import { type Open, type OpenedService, openOn, UNLIMITED } from '../../support/service.ts'
import type { SettableClock } from '../../support/settable-clock.ts'
import { type Snapshot, snapshot } from '../../support/state-snapshot.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

export const PARTITIONS = 4
const SHARDS = 2

/** What a test needs to look into the store of a service. */
export function toolsFor({ redisUrl, prefix }: Pick<OpenedService, 'redisUrl' | 'prefix'>) {
  const connection = connectRedis({ url: redisUrl! }, () => {})
  onTestFinished(() => connection.close())
  const keys = new RedisKeys({ partitions: PARTITIONS, shards: SHARDS }, prefix)
  const trimmer = (archive: string | undefined, options: Partial<LogTrimmerOptions> = {}) =>
    new LogTrimmer({ connection, keys, archive, margin: 0, warn: () => {}, ...options })
  const length = async () => {
    const lengths = await Promise.all(Array.from({ length: PARTITIONS }, (_, p) => connection.commands.xlen(keys.log(p))))
    return lengths.reduce((a, b) => a + b)
  }
  /** Trims until nothing is left: entries of this very millisecond are left for later. */
  const trimAll = (archive: string) =>
    eventually(async () => {
      await trimmer(archive).trim()
      expect(await length()).toBe(0)
    }, 2)
  return { connection, keys, trimmer, length, trimAll }
}

let sent = 0
export async function record(service: OpenedService, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, (): EventInput => {
    const n = ++sent
    return { eventId: `e${n}`, userId: `u${n % 9}`, itemId: `i${n % 5}`, eventType: 'view' }
  })
  await service.ingest.record(events)
  return events.map(({ eventId }) => eventId!)
}

export async function archivedIds(...folders: string[]): Promise<string[]> {
  const ids: string[] = []
  for await (const { entry } of readArchive(...folders)) {
    if (entry.kind === 'events') ids.push(...entry.events.map(({ event }) => event.eventId))
  }
  return ids.sort()
}

export async function restored(archive: string, clock: SettableClock, users: readonly string[]): Promise<Snapshot> {
  const service = await openOn(undefined, { dataDir: null, clock })
  const { accumulators } = service
  const store = service.store as MemoryStore
  const restore = new Restore({ store, domain: UNLIMITED, accumulators, random: seededRandomness(), clock })
  for await (const { entry, where } of readArchive(archive)) await restore.applyEntry(entry, where)
  restore.finish()
  return snapshot(service, users)
}

/** Something archived in two portions. */
export async function madeArchive(open: Open): Promise<string> {
  const archive = await temporaryDirectory()
  const service = await open()
  const { trimAll } = toolsFor(service)
  for (let round = 0; round < 2; round++) {
    await record(service, 60)
    await service.store.settle()
    await trimAll(archive)
  }
  return archive
}
