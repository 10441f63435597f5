import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { ServiceClock } from '../../service-clock.ts'
import { MINUTE } from '../../time-units.ts'
import type { SlateLives } from '../expiry.ts'
import type { OpenedStore, SharedActivities, StoreHealth } from '../opened-store.ts'
import { LAST_SEEN, SHOP, type SlotLayout, type SlotNames } from '../slots.ts'
import type { StateStore } from '../store.ts'
import type { RedisAccess } from './access.ts'
import { RedisBuckets } from './buckets.ts'
import { expectRedis } from './check-connection.ts'
import { connectRedis, newCounts, type RedisConnection } from './connection.ts'
import { FoldWorker } from './fold-worker.ts'
import { RedisKeys } from './keys.ts'
import { openLayout, readLastTime, refuseEarlierStore } from './layout.ts'
import { LogTrimmer } from './log-trimmer.ts'
import { expectPermissions } from './permissions.ts'
import { answered, failedReplies } from './redis-errors.ts'
import { expectReplicas } from './replicated-writes.ts'
import { ServerSettingsWatch } from './server-settings-watch.ts'
import { RedisStore, type RedisStoreOptions } from './store.ts'
import { StoreWatch } from './store-watch.ts'

export interface RedisOptions {
  readonly access: RedisAccess
  /** Prefix of every key. */
  readonly prefix: string
  readonly partitions: number
  readonly shards: number
  readonly durability: RedisStoreOptions['durability']
  /** Whether to start even if Redis evicts keys when its memory is full. */
  readonly allowsEviction: boolean
  /** Folder of the archive for folded log entries; none if undefined. */
  readonly archiveDir: string | undefined
  /** Time that folded log entries stay in Redis, in minutes; forever if undefined. */
  readonly logMargin: number | undefined
  /** Returns the slot layout of the domain. Columns that the store records keep their places. */
  readonly layoutFor: (recorded: SlotNames | undefined) => SlotLayout
  /** Time for which an event id stays known, in ms. */
  readonly lateness: number
  readonly slateLives: SlateLives
  /** Time for which the shared sums of an item are kept after its last event, in ms. */
  readonly expiresIn: number
  /** Begins at the time that the store last noted. */
  readonly clock: ServiceClock
  /** Whether the clock is the event clock of a replay. Reads then wait for the fold. */
  readonly isReplay: boolean
  readonly erasedSignal: (userId: string) => string
  readonly logger: Logger
}

/** A store on Redis whose maintenance runs. Closing it ends the maintenance and the connection. */
export interface OpenedRedis extends OpenedStore {
  readonly connection: RedisConnection
  readonly keys: RedisKeys
  readonly layout: SlotLayout
  /** Calls `listener` when another store, or an older state of this one, has replaced the opened store. */
  onReplaced(listener: () => void): void
}

/**
 * Connects to Redis, checks its settings, and starts the maintenance of the store: folding, trimming, and the watch for lost data.
 * @throws LiverankError CONFIGURATION, LAYOUT_MISMATCH or UNAVAILABLE if the store cannot be opened
 */
export async function openRedis(options: RedisOptions): Promise<OpenedRedis> {
  const warn = (message: string) => options.logger.warn(message)
  await expectRedis(options.access)
  const counts = newCounts()
  const connection = connectRedis(options.access, warn, counts)
  try {
    const opened = await openConnected(options, connection)
    return {
      ...opened,
      figures: () => ({ redis: { ...counts, failedReplies: failedReplies(), commandsInFlight: connection.inFlight() } }),
    }
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** Lays the store out, or reads how it is laid out, and watches that it stays the same store. */
async function openIdentity({ layoutFor, logger }: RedisOptions, connection: RedisConnection, keys: RedisKeys) {
  let layout = layoutFor(undefined)
  let isNew = false
  const grow = (recorded: SlotNames | undefined) => {
    isNew ||= recorded === undefined
    layout = layoutFor(recorded)
    return layout.names
  }
  const id = await openLayout(connection, keys, grow, randomUUID)
  const identity = new StoreWatch({
    connection,
    keys,
    id,
    columns: layout.names,
    grow: (recorded) => layoutFor(recorded).names,
    newId: randomUUID,
    onError: (message) => logger.error(message),
  })
  return { layout, identity, isNew }
}

async function openConnected(options: RedisOptions, connection: RedisConnection): Promise<Omit<OpenedRedis, 'figures'>> {
  const { clock, isReplay, lateness, durability, archiveDir: archive, erasedSignal, logger } = options
  const warn = (message: string) => logger.warn(message)
  await expectPermissions(connection, options.access.url, options.prefix)
  const policy = new ServerSettingsWatch({ connection, allowsEviction: options.allowsEviction, warn })
  await policy.start()
  if (durability === 'replica') await expectReplicas(connection, warn)
  const keys = new RedisKeys({ partitions: options.partitions, shards: options.shards }, options.prefix)
  await refuseEarlierStore(connection, keys)
  const { layout, identity, isNew } = await openIdentity(options, connection, keys)
  const parts = { connection, keys, identity, warn }
  const worker = new FoldWorker({ ...parts, layout, expiresIn: options.expiresIn, isReplay })
  worker.start()
  const store = new RedisStore({
    ...parts,
    layout,
    lateness,
    slateLives: options.slateLives,
    durability,
    worker,
    settles: isReplay,
    archive,
    erasedSignal,
  })
  if (isReplay) await store.settle()
  clock.arrive(await endOfHistory(store, layout))
  clock.begin(await readLastTime(connection, keys))
  await policy.compare(clock)
  const trimmer = trimmerOf(options, parts)
  trimmer?.start()
  identity.onReplaced(() => {
    store.forget()
    worker.forget()
  })
  identity.start()
  const close = async () => {
    // Together: each may wait for a command that a hanging Redis does not answer.
    await Promise.all([policy.stop(), identity.stop(), trimmer?.stop(), worker.stop()])
    await store.close()
  }
  const activities = new RedisActivities(connection, keys)
  const buckets = new RedisBuckets(connection, keys)
  const onReplaced = (listener: () => void) => identity.onReplaced(listener)
  const noteTime = async (time: number) => void (await answered(connection.commands.set(keys.lastTime, time)))
  return {
    store,
    activities,
    buckets,
    health: healthOf(identity, policy),
    noteTime,
    isNew,
    connection,
    keys,
    layout,
    onReplaced,
    close,
  }
}

function healthOf(identity: StoreWatch, policy: ServerSettingsWatch): StoreHealth {
  return {
    get problem() {
      return identity.problem
    },
    get losses() {
      return identity.losses
    },
    get warnings() {
      return policy.warnings
    },
    get policy() {
      return policy.policy
    },
    get clockAheadMs() {
      return policy.clockAheadMs
    },
  }
}

/** Time of the latest event that showed interest in an item, in ms; 0 for a new store. */
async function endOfHistory(store: StateStore, layout: SlotLayout): Promise<number> {
  const { data } = await store.readRows('attribute', [SHOP])
  return data[layout.indexOf(LAST_SEEN.attribute)]
}

function trimmerOf(
  { logMargin: minutes, archiveDir: archive, logger }: RedisOptions,
  parts: Pick<ConstructorParameters<typeof LogTrimmer>[0], 'connection' | 'keys' | 'identity' | 'warn'>,
): LogTrimmer | undefined {
  if (minutes === undefined) return undefined
  if (archive === undefined)
    logger.info({ minutes }, 'ARCHIVE_DIR is unset: folded log entries older than this many minutes are deleted')
  return new LogTrimmer({ ...parts, archive, margin: minutes * MINUTE })
}

/** After how long without a word from anyone all is forgotten, in ms. */
const SILENCE_MS = 60_000

/** Published figures of processes, in one hash. The hash expires after the last process has stopped. */
class RedisActivities implements SharedActivities {
  readonly #commands: RedisConnection['commands']
  readonly #key: string

  constructor({ commands }: RedisConnection, keys: RedisKeys) {
    this.#commands = commands
    this.#key = keys.activities
  }

  async say(processId: string, text: string): Promise<void> {
    await answered(this.#commands.hset(this.#key, processId, text))
    await answered(this.#commands.pexpire(this.#key, SILENCE_MS))
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    return new Map(Object.entries(await answered(this.#commands.hgetall(this.#key))))
  }

  async forget(processIds: readonly string[]): Promise<void> {
    if (processIds.length > 0) await answered(this.#commands.hdel(this.#key, ...processIds))
  }
}
