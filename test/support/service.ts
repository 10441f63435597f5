import { rm } from 'node:fs/promises'
import { onTestFinished } from 'vitest'
import { NO_LIMITS } from '../../src/accumulators/counting-limits.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { makeLogger } from '../../src/logging/logger.ts'
import type { Randomness } from '../../src/random.ts'
import { readConfig } from '../../src/service/config.ts'
import { openService, type Service } from '../../src/service/service.ts'
import type { FsyncPolicy } from '../../src/state/embedded/journal.ts'
import type { ConsentRule } from '../../src/state/expiry.ts'
import type { Partitioning } from '../../src/state/partition.ts'
import { seededRandomness } from './seeded-randomness.ts'
import { SettableClock } from './settable-clock.ts'
import { scratchDirectory } from './temporary-directory.ts'

export interface ServiceOptions {
  readonly clock?: SettableClock
  readonly random?: Randomness
  readonly domain?: Domain
  /** Folder of the journal of the embedded store; a new one, which goes with the service, if absent. `null`: no journal. */
  readonly dataDir?: string | null
  readonly fsync?: FsyncPolicy
  /** Journal in MB after which a snapshot is written; never, if absent. */
  readonly snapshotEvery?: number
  /** The setting SLATES_MEMORY_MB; its default if absent. */
  readonly slatesMemory?: number
  /** Folder of the archive; what ARCHIVE_DIR says without it, if absent. */
  readonly archiveDir?: string
  /** Services of one store on one Redis share it; a new one if absent. */
  readonly prefix?: string
  readonly partitions?: number
  readonly shards?: number
  /** Where models are; those that ship if absent. */
  readonly modelDir?: string
  /** The model of the settings; none if absent. */
  readonly model?: string
  /** Whether what the domain leaves to chance is left to chance; not, if absent. */
  readonly explores?: boolean
  /** Share of the slates whose vectors are logged; none if absent. */
  readonly vectorShare?: number
  /** Of a service on Redis. */
  readonly durability?: 'memory' | 'replica'
  /** The setting CONSENT; what the domain says, if absent. */
  readonly consent?: ConsentRule | undefined
  /** The setting CLOCK_CHECKED; unset, if absent. */
  readonly clockChecked?: string
  /** Whether Redis may drop keys; not, if absent. */
  readonly allowsEviction?: boolean
}

export interface OpenedService extends Service {
  /** Clock of the machine. */
  readonly clock: SettableClock
  /** Time of the service, which differs from that of the machine while that is wrong, in ms. */
  readonly time: () => number
  /** What keys in Redis begin with. */
  readonly prefix: string
  readonly redisUrl: string | undefined
  readonly partitioning: Partitioning
  /** Messages that were logged as warnings or errors. */
  readonly warnings: string[]
}

/** The shop, whose slates leave out nothing because the user acted on it: most tests are about something else. */
export const ALL_SHOWN: Domain = { ...eCommerce, seen: [], surfaceSeen: {} }

/** The same shop, where as many events count as a test sends. */
export const UNLIMITED: Domain = { ...ALL_SHOWN, limits: NO_LIMITS }

let prefixes = 0

/**
 * A service with an injected clock and chance, and without a model unless one is named. It is closed when the running test has finished, or before by
 * whoever asks it to close.
 */
export async function openOn(redisUrl: string | undefined, options: ServiceOptions = {}): Promise<OpenedService> {
  const { clock = new SettableClock(), random = seededRandomness(), domain = UNLIMITED, fsync = 'no' } = options
  const { prefix = `t${process.pid}-${++prefixes}`, partitions = 4, shards = 2, durability = 'memory' } = options
  const ownDir = redisUrl === undefined && options.dataDir === undefined ? scratchDirectory() : undefined
  const config = readConfig({
    REDIS_URL: redisUrl,
    REDIS_PREFIX: prefix,
    PARTITIONS: String(partitions),
    SHARDS: String(shards),
    DURABILITY: durability,
    ALLOW_EVICTION: options.allowsEviction ? '1' : '0',
    JOURNAL_FSYNC: fsync,
    SNAPSHOT_EVERY_MB: String(options.snapshotEvery ?? 0),
    ...(options.slatesMemory !== undefined && { SLATES_MEMORY_MB: String(options.slatesMemory) }),
    ARCHIVE_DIR: options.archiveDir,
    CONSENT: options.consent,
    CLOCK: clock.followsEvents ? 'events' : 'wall',
    CLOCK_CHECKED: options.clockChecked,
    EXPLORATION: options.explores ? '1' : '0',
    VECTOR_SHARE: String(options.vectorShare ?? 0),
    MODEL_DIR: options.modelDir,
    MODEL: options.model ?? '',
  })
  const warnings: string[] = []
  const write = (line: string) => {
    const { msg } = JSON.parse(line) as { msg: string }
    // True of every server that tests start, which follows no clock of a test.
    if (!/no append-only file|^The clock of Redis/.test(msg)) warnings.push(msg)
  }
  const logger = makeLogger('warn', { write })
  const service = await openService({ config, dataDir: ownDir ?? options.dataDir ?? undefined, domain, clock, random, logger })
  // Let go when it is closed: a test may open thousands.
  let closeService: (() => Promise<void>) | undefined = service.close
  let closing: Promise<void> = Promise.resolve()
  const close = () => {
    if (closeService) {
      closing = closeService().then(() => (ownDir ? rm(ownDir, { recursive: true, force: true }) : undefined))
      closeService = undefined
    }
    return closing
  }
  onTestFinished(close)
  return {
    ...service,
    clock,
    time: () => service.clock.now(),
    prefix,
    redisUrl,
    partitioning: { partitions, shards },
    warnings,
    close,
  }
}

export type Open = (options?: ServiceOptions) => Promise<OpenedService>
