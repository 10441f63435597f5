import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LiverankError } from '../errors.ts'
import type { Config } from '../service/config.ts'
import { type RedisSettings, redisAccessOf } from '../settings/redis-settings.ts'
import { isOfJournal, linkJournal } from '../state/embedded/link-journal.ts'
import type { Partitioning } from '../state/partition.ts'
import { expectRedis } from '../state/redis/check-connection.ts'
import { connectRedis, type RedisConnection } from '../state/redis/connection.ts'
import { RedisKeys } from '../state/redis/keys.ts'
import { recordedPartitioning } from '../state/redis/layout.ts'
import { refusedCommand } from '../state/redis/refused-command.ts'

/** The store that the settings name, which a service may use meanwhile. */
export interface ReachableStore {
  readonly config: Pick<Config, 'REDIS_URL' | 'REDIS_PREFIX' | 'DATA_DIR' | 'ARCHIVE_DIR'> & RedisSettings
  /** Further folders with archives of the store, such as those of replicas on other machines. */
  readonly archives: readonly string[]
  /** An empty folder for data that is copied while the service runs. */
  readonly scratch: string
  readonly warn: (message: string) => void
}

/**
 * Links the files of an embedded store into the scratch folder.
 * @returns the folders with archives that exist
 * @throws LiverankError CONFIGURATION if DATA_DIR holds no log
 */
export async function reachFiles({ config, archives, scratch }: ReachableStore): Promise<string[]> {
  const { DATA_DIR, ARCHIVE_DIR = join(DATA_DIR, 'archive') } = config
  await expectJournal(DATA_DIR)
  await linkJournal(DATA_DIR, scratch)
  return existing([ARCHIVE_DIR, ...archives])
}

/** A store in Redis. The caller closes the connection. */
export interface ReachedRedis {
  readonly connection: RedisConnection
  readonly keys: RedisKeys
  /** The folders with archives that exist. */
  readonly archives: readonly string[]
}

/** @throws LiverankError CONFIGURATION if there is no store with this prefix, UNAVAILABLE if Redis does not answer */
export async function reachRedis({ config, archives, warn }: ReachableStore, url: string): Promise<ReachedRedis> {
  const { REDIS_PREFIX: prefix, ARCHIVE_DIR = '' } = config
  const access = redisAccessOf(config, url)
  await expectRedis(access)
  const connection = connectRedis(access, warn)
  try {
    const keys = new RedisKeys(await partitioningOf(connection, prefix), prefix)
    return { connection, keys, archives: existing([ARCHIVE_DIR, ...archives]) }
  } catch (error) {
    await connection.close()
    throw refusedCommand(error, url)
  }
}

function existing(folders: readonly string[]): string[] {
  return folders.filter((folder) => folder !== '' && existsSync(folder))
}

/** Expects a folder to hold the log of an embedded store. @throws LiverankError CONFIGURATION if it does not */
async function expectJournal(folder: string): Promise<void> {
  if (existsSync(folder) && (await readdir(folder)).some(isOfJournal)) return
  throw new LiverankError(
    'CONFIGURATION',
    `DATA_DIR is ${folder}, and holds no log: set it to the folder of an embedded store, or set REDIS_URL.`,
  )
}

/** Returns the partitioning of the store in Redis. @throws LiverankError CONFIGURATION if there is none with this prefix */
async function partitioningOf(connection: RedisConnection, prefix: string): Promise<Partitioning> {
  const held = await recordedPartitioning(connection, prefix)
  if (held !== undefined) return held
  throw new LiverankError(
    'CONFIGURATION',
    `Redis at REDIS_URL holds no store with REDIS_PREFIX ${prefix}: set REDIS_PREFIX to that of the service, or correct REDIS_URL.`,
  )
}
