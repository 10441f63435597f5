import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { LiverankError } from '../errors.ts'
import { type RedisSettings, redisAccessOf } from '../redis-settings.ts'
import { isOfJournal, linkJournal } from '../state/embedded/link-journal.ts'
import { Archive, archivedStretch, partitionSegmentName } from '../state/log/archive.ts'
import { pack } from '../state/log/compressed-segments.ts'
import { behind, compareLogIds } from '../state/log/id.ts'
import type { Partitioning } from '../state/partition.ts'
import { logLines } from '../state/redis/archive-lines.ts'
import { expectRedis } from '../state/redis/check-connection.ts'
import { connectRedis, type RedisConnection } from '../state/redis/connection.ts'
import { RedisKeys } from '../state/redis/keys.ts'
import { recordedPartitioning } from '../state/redis/layout.ts'
import { answered } from '../state/redis/redis-errors.ts'

/** How often a log is read anew when stretches of it are archived meanwhile. */
const ATTEMPTS = 5

export interface OpenLogOptions {
  readonly config: Pick<Config, 'REDIS_URL' | 'REDIS_PREFIX' | 'DATA_DIR' | 'ARCHIVE_DIR'> & RedisSettings
  /** Further folders with archives of the store, such as those of replicas on other machines. */
  readonly archives: readonly string[]
  /** An empty folder for data that is copied while the service runs. */
  readonly scratch: string
  readonly warn: (message: string) => void
  readonly signal: AbortSignal
}

/**
 * Opens the whole log of the store that the settings name: its archived part and its live part. The service may run meanwhile; its
 * new entries are not included.
 * @throws LiverankError CONFIGURATION if the settings name no store, UNAVAILABLE if Redis does not answer, DAMAGED_LOG if archives
 * do not fit together
 */
export async function openLog(options: OpenLogOptions): Promise<Archive> {
  const { config, archives, scratch } = options
  if (config.REDIS_URL !== undefined) return openRedisLog(options, config.REDIS_URL)
  const { DATA_DIR, ARCHIVE_DIR = join(DATA_DIR, 'archive') } = config
  await expectJournal(DATA_DIR)
  await linkJournal(DATA_DIR, scratch)
  return Archive.open([scratch, ...[ARCHIVE_DIR, ...archives].filter((folder) => folder !== '' && existsSync(folder))])
}

/** Expects a folder to hold the log of an embedded store. @throws LiverankError CONFIGURATION if it does not */
export async function expectJournal(folder: string): Promise<void> {
  if (existsSync(folder) && (await readdir(folder)).some(isOfJournal)) return
  throw new LiverankError(
    'CONFIGURATION',
    `DATA_DIR is ${folder}, and holds no log: set it to the folder of an embedded store, or set REDIS_URL.`,
  )
}

async function openRedisLog({ config, archives, scratch, warn, signal }: OpenLogOptions, url: string): Promise<Archive> {
  const { REDIS_PREFIX: prefix, ARCHIVE_DIR = '' } = config
  const access = redisAccessOf(config, url)
  await expectRedis(access)
  const connection = connectRedis(access, warn)
  try {
    const keys = new RedisKeys(await partitioningOf(connection, prefix), prefix)
    const folders = [ARCHIVE_DIR, ...archives].filter((folder) => folder !== '' && existsSync(folder))
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

/** Returns the partitioning of the store in Redis. @throws LiverankError CONFIGURATION if there is none with this prefix */
export async function partitioningOf(connection: RedisConnection, prefix: string): Promise<Partitioning> {
  const held = await recordedPartitioning(connection, prefix)
  if (held !== undefined) return held
  throw new LiverankError(
    'CONFIGURATION',
    `Redis at REDIS_URL holds no store with REDIS_PREFIX ${prefix}: set REDIS_PREFIX to that of the service, or correct REDIS_URL.`,
  )
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
