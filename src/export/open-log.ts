import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LiverankError } from '../errors.ts'
import { Archive, archivedStretch, partitionSegmentName } from '../state/log/archive.ts'
import { pack } from '../state/log/compressed-segments.ts'
import { behind, compareLogIds } from '../state/log/id.ts'
import { logLines } from '../state/redis/archive-lines.ts'
import type { RedisConnection } from '../state/redis/connection.ts'
import type { RedisKeys } from '../state/redis/keys.ts'
import { answered } from '../state/redis/redis-errors.ts'
import { type ReachableStore, reachFiles, reachRedis } from './reach-store.ts'

/** How often a log is read anew when stretches of it are archived meanwhile. */
const ATTEMPTS = 5

export interface OpenLogOptions extends ReachableStore {
  readonly signal: AbortSignal
}

/**
 * Opens the whole log of the store that the settings name: its archived part and its live part. The service may run meanwhile; its
 * new entries are not included.
 * @throws LiverankError CONFIGURATION if the settings name no store, UNAVAILABLE if Redis does not answer, DAMAGED_LOG if archives
 * do not fit together
 */
export async function openLog(options: OpenLogOptions): Promise<Archive> {
  const { config, scratch } = options
  if (config.REDIS_URL !== undefined) return openRedisLog(options, config.REDIS_URL)
  const archives = await reachFiles(options)
  return Archive.open([scratch, ...archives])
}

async function openRedisLog(options: OpenLogOptions, url: string): Promise<Archive> {
  const { scratch, signal } = options
  const { connection, keys, archives: folders } = await reachRedis(options, url)
  try {
    for (let attempt = 1; ; attempt++) {
      const before = await stretchesIn(folders)
      const live = join(scratch, String(attempt))
      await mkdir(live, { recursive: true })
      for (let partition = 0; partition < keys.partitioning.partitions; partition++) {
        signal.throwIfAborted()
        await copyLive({ connection, keys }, { partition, from: endOf(before, partition), folder: live, signal })
      }
      const archive = await Archive.open([live, ...folders]).catch((error: unknown) => error)
      // What was archived and trimmed meanwhile is in neither, or in both.
      const isSettled = (await stretchesIn(folders)).length === before.length
      if (archive instanceof Archive && isSettled) return archive
      if (archive instanceof Error && (isSettled || attempt === ATTEMPTS)) throw archive
      if (attempt === ATTEMPTS)
        throw new LiverankError('UNAVAILABLE', 'The log is archived faster than it is read: run the export again.')
      await rm(live, { recursive: true })
    }
  } finally {
    await connection.close()
  }
}

type ArchivedStretch = NonNullable<ReturnType<typeof archivedStretch>>

async function stretchesIn(folders: readonly string[]): Promise<ArchivedStretch[]> {
  const names = new Set((await Promise.all(folders.map((folder) => readdir(folder)))).flat())
  return [...names].flatMap((name) => archivedStretch(name) ?? [])
}

/** The last archived id of a partition. */
function endOf(stretches: readonly ArchivedStretch[], partition: number): string | undefined {
  return stretches
    .filter((stretch) => stretch.partition === partition)
    .map(({ last }) => last)
    .sort(compareLogIds)
    .at(-1)
}

interface Copying {
  readonly partition: number
  readonly from: string | undefined
  readonly folder: string
  readonly signal: AbortSignal
}

/** Writes what a partition's log has behind an id into a folder, as a segment of an archive. */
async function copyLive(
  store: { readonly connection: RedisConnection; readonly keys: RedisKeys },
  { partition, from, folder, signal }: Copying,
): Promise<void> {
  const { commands } = store.connection
  const log = store.keys.log(partition)
  const start = from === undefined ? '-' : behind(from)
  const [oldest] = await answered(commands.xrange(log, start, '+', 'COUNT', 1))
  const [latest] = await answered(commands.xrevrange(log, '+', '-', 'COUNT', 1))
  if (!oldest || !latest) return
  const stretch = { first: oldest[0], last: latest[0] }
  const file = await open(join(folder, partitionSegmentName(partition, stretch.first, stretch.last)), 'wx')
  try {
    await pack(logLines(store, partition, stretch), file, signal)
  } finally {
    await file.close()
  }
}
