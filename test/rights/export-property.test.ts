import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import type { UserExport } from '../../src/rights/user-exports.ts'
import { parseLogEntry } from '../../src/state/parse-log-entry.ts'
import { partitionOf } from '../../src/state/partition.ts'
import { connectRedis } from '../../src/state/redis/connection.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../src/state/redis/log-trimmer.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { bothStores } from '../support/each-store.ts'
import { type Trace, tracesOf } from '../support/personal-traces.ts'
import { history, play, type Step, USERS } from '../support/random-history.ts'
import type { OpenedService } from '../support/service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Of the users of a history, ids that stand in no other text, and that lie in the same partition of four. */
const IDS = new Map(USERS.map((user) => [user, unmistakable(user)]))

function unmistakable(user: string): string {
  for (let n = 0; ; n++) {
    const id = `${user} 2718281828-${n}`
    if (partitionOf(id, 4) === partitionOf(user, 4)) return id
  }
}

function withIds(steps: readonly Step[]): Step[] {
  return JSON.parse(JSON.stringify(steps), (_, value: unknown) =>
    typeof value === 'string' ? (IDS.get(value) ?? value) : value,
  ) as Step[]
}

function recordsOf({ data }: UserExport, section: string): JsonObject[] {
  return data[section] as JsonObject[]
}

function isExported(exported: UserExport, log: readonly string[], trace: Trace): boolean {
  const has = (section: string, isOne: (record: JsonObject) => boolean) => recordsOf(exported, section).some(isOne)
  switch (trace.kind) {
    case 'value':
      return has('users', ({ userId, version }) => userId === trace.id && typeof version === 'number')
    case 'sample':
      return has('users', ({ userId, isSampled }) => userId === trace.id && isSampled === true)
    case 'presence':
      return has('users', ({ userId, isFollowed }) => userId === trace.id && isFollowed === true)
    case 'list':
      return has('offlineLists', ({ userId }) => userId === trace.id)
    case 'events':
      return has('events', ({ userId }) => userId === trace.id)
    case 'hashes':
      return has('eventIdHashes', ({ userId }) => userId === trace.id)
    case 'slates':
      return has('slates', ({ userId }) => userId === trace.id)
    case 'slate':
      return has('slates', ({ recommendationId }) => recommendationId === trace.recommendationId)
    case 'log':
      return log.includes(comparable(JSON.parse(JSON.stringify(parseLogEntry(trace.line, 'the log', () => {}))) as JsonObject))
    case 'copy':
      return exported.omitted.some(({ kind }) => kind === 'COPIES')
    case 'unknown':
      return false
  }
}

/** A log entry; but the state that a merge took, which an export describes, is left out. */
function comparable(entry: JsonObject): string {
  const { value: _, ...rest } = entry
  return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Which of the person's places the export lacks. */
function missing(exported: UserExport, traces: readonly Trace[]): Trace[] {
  const log = recordsOf(exported, 'log').map(comparable)
  return traces.filter((trace) => !isExported(exported, log, trace))
}

const SECTIONS = ['users', 'events', 'offlineLists', 'slates', 'log']

bothStores((open, kind) => {
  async function opened(archiveDir: string): Promise<{ service: OpenedService; folders: string[]; redis: Redis | undefined }> {
    const dataDir = await temporaryDirectory()
    const files = kind === 'embedded' ? { dataDir, snapshotEvery: 0.004 } : {}
    const service = await open({ ...files, archiveDir })
    const redis = service.redisUrl === undefined ? undefined : new Redis(service.redisUrl)
    if (redis) onTestFinished(() => redis.disconnect())
    return { service, redis, folders: kind === 'embedded' ? [dataDir, archiveDir] : [archiveDir] }
  }

  /** Archives all that is folded, as a process does after the margin. */
  async function archiveAll({ redisUrl, partitioning, prefix, store }: OpenedService, archive: string): Promise<void> {
    await store.settle()
    if (redisUrl === undefined) return
    const connection = connectRedis({ url: redisUrl }, () => {})
    const keys = new RedisKeys(partitioning, prefix)
    await new LogTrimmer({ connection, keys, archive, margin: -3_600_000, warn: () => {} }).trim()
    await connection.close()
  }

  it('an export contains every trace of a person in the store, and is empty after an erasure', {
    timeout: PROPERTY_MS,
  }, async () => {
    const property = fc.asyncProperty(history, history, async (before, after) => {
      const archiveDir = await temporaryDirectory()
      const { service, folders, redis } = await opened(archiveDir)
      try {
        await play(service, withIds(before))
        await archiveAll(service, archiveDir)
        await play(service, withIds(after))
        await service.store.settle()
        for (const id of IDS.values()) {
          const exported = await service.exports.export(id)
          expect(exported.isComplete).toBe(true)
          const traces = await tracesOf(service, exported.userIds, folders, redis)
          expect(missing(exported, traces)).toEqual([])
          expect(JSON.stringify(exported.data)).not.toMatch(strangersOf(exported))
        }
        for (const id of IDS.values()) {
          const { userIds } = await service.exports.export(id)
          await service.erasures.erase(id)
          const erased = await service.exports.export(id)
          for (const section of SECTIONS) expect([section, recordsOf(erased, section)]).toEqual([section, []])
          const left = await tracesOf(service, userIds, folders, redis)
          expect(left.filter(({ kind }) => kind !== 'hashes')).toEqual([])
        }
      } finally {
        await service.close()
      }
    })
    await checkProperty(property, 20)
  })
})

/** Ids of the other users: an export tells nothing of them. */
function strangersOf({ userIds }: UserExport): RegExp {
  const others = [...IDS.values()].filter((id) => !userIds.includes(id)).map((id) => id.replace(/[?]/g, '\\?'))
  return others.length === 0 ? /(?!)/ : new RegExp(others.join('|'))
}
