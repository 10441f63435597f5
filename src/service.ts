import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { AccumulatorSet, FEATURE_LAYOUT_VERSION } from './accumulators/accumulator-set.ts'
import { endedAt } from './accumulators/expiry.ts'
import { Activity } from './activity.ts'
import { ServiceStatus } from './analysis/service-status.ts'
import { Snapshots } from './analysis/snapshots.ts'
import { SourceHealth } from './candidates/source-health.ts'
import { Catalogue } from './catalogue/catalogue.ts'
import { type Clock, steadyTime } from './clock.ts'
import { ClockSteps } from './clock-steps.ts'
import type { Config } from './config.ts'
import { checkDomain } from './domain/check-domain.ts'
import type { Domain } from './domain/domain.ts'
import { explorationUnder } from './domain/policy.ts'
import { Enrichment } from './events/enrichment.ts'
import { Ingest } from './events/ingest.ts'
import { ModelChanges } from './events/model-changes.ts'
import { type Poisoned, Restore } from './events/restore.ts'
import { erasedSignal } from './events/signal.ts'
import { Uploads } from './events/uploads.ts'
import { UserMerges } from './events/user-merges.ts'
import { MAX_AHEAD } from './events/validation.ts'
import { followCatalogue } from './live/follow-catalogue.ts'
import { followModels } from './live/follow-models.ts'
import { followStandingRules } from './live/follow-standing-rules.ts'
import { LiveSlates } from './live/live-slates.ts'
import { LocalSignals, RedisSignals, type Signals } from './live/signals.ts'
import type { Randomness } from './random.ts'
import { ModelFolder } from './ranking/model-folder.ts'
import { ServedModels } from './ranking/served-models.ts'
import { StandingRules } from './rules/standing-rules.ts'
import { Recommender } from './slate/recommender.ts'
import { Shadows } from './slate/shadows.ts'
import { Compaction } from './state/embedded/compaction.ts'
import { lockFolder } from './state/embedded/data-folder-lock.ts'
import { Journal, readJournal } from './state/embedded/journal.ts'
import { JournalFolder } from './state/embedded/journal-folder.ts'
import { MemoryStore, type MemoryStoreOptions } from './state/embedded/store.ts'
import { Erasure } from './state/log/erased-log.ts'
import { PoisonedLines } from './state/log/poisoned-lines.ts'
import { readSegment } from './state/log/segments.ts'
import { connectRedis } from './state/redis/connection.ts'
import { FoldWorker } from './state/redis/fold-worker.ts'
import { RedisKeys } from './state/redis/keys.ts'
import { openLayout } from './state/redis/layout.ts'
import { LogTrimmer, type LogTrimmerOptions } from './state/redis/log-trimmer.ts'
import { RedisPolicyWatch } from './state/redis/policy.ts'
import { expectReplicas } from './state/redis/replicated-writes.ts'
import { expectRedis } from './state/redis/start.ts'
import { RedisStore } from './state/redis/store.ts'
import { StoreWatch } from './state/redis/store-watch.ts'
import { NO_OTHERS, RedisActivities, type SharedActivities } from './state/shared-activities.ts'
import { LAST_SEEN, SHOP, type SlotLayout, type SlotNames } from './state/slots.ts'
import type { StateStore, Subject } from './state/store.ts'
import { EMBEDDED_HEALTH, type StoreHealth } from './state/store-health.ts'
import { MINUTE } from './time-units.ts'

/** Everything that answers a request, wired together. */
export interface Service {
  readonly domain: Domain
  readonly clock: Clock
  readonly accumulators: AccumulatorSet
  readonly store: StateStore
  readonly signals: Signals
  readonly random: Randomness
  readonly catalogue: Catalogue
  readonly standingRules: StandingRules
  readonly ingest: Ingest
  readonly uploads: Uploads
  readonly merges: UserMerges
  readonly recommender: Recommender
  readonly liveSlates: LiveSlates
  readonly snapshots: Snapshots
  readonly models: ServedModels
  readonly modelChanges: ModelChanges
  readonly shadows: Shadows
  readonly activity: Activity
  readonly status: ServiceStatus
  readonly clockSteps: ClockSteps
  readonly sourceHealth: SourceHealth
  readonly storeHealth: StoreHealth
  /** True for an embedded store that began without an event or upload on record. */
  readonly isNew: boolean
  close(): Promise<void>
}

export interface ServiceOptions {
  readonly config: Pick<
    Config,
    'REDIS_URL' | 'REDIS_PREFIX' | 'PARTITIONS' | 'SHARDS' | 'DURABILITY' | 'JOURNAL_FSYNC' | 'MODEL_DIR' | 'MODEL' | 'CLOCK'
  > &
    /** Absent: no snapshots, Redis keeps its log, no vectors are logged, and nothing is left to chance. */
    Partial<Pick<Config, 'ALLOW_EVICTION' | 'SNAPSHOT_EVERY_MB' | 'ARCHIVE_DIR' | 'LOG_MARGIN' | 'EXPLORATION' | 'VECTOR_SHARE'>>
  /** Folder of the journal; without one the embedded store ends with the process. */
  readonly dataDir: string | undefined
  readonly domain: Domain
  readonly clock: Clock
  readonly random: Randomness
  readonly logger: Logger
}

interface Opened {
  readonly accumulators: AccumulatorSet
  readonly store: StateStore
  readonly signals: Signals
  readonly activities: SharedActivities
  readonly health: StoreHealth
  readonly isNew: boolean
  readonly closed: () => Promise<void>
}

/**
 * @throws LiverankError CONFIGURATION, LAYOUT_MISMATCH, DAMAGED_LOG or UNAVAILABLE when it cannot start
 * @throws NotFoundError or ModelContractError when nothing is on record of models and the configured one cannot be served
 */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { config, domain, clock, random, logger } = options
  checkDomain(domain)
  const opened = config.REDIS_URL === undefined ? await openEmbedded(options) : await openRedis(options, config.REDIS_URL)
  const { accumulators, store, signals } = opened
  try {
    const catalogue = new Catalogue(domain.attributes, domain.embedding)
    const endCatalogue = await followCatalogue(catalogue, store, signals, (error) =>
      logger.error({ error }, 'the catalogue could not be read again'),
    )
    const standingRules = new StandingRules()
    const endRules = await followStandingRules(standingRules, store, signals, (error) =>
      logger.error({ error }, 'the standing rules could not be read again'),
    )
    const known = { features: new Set(accumulators.features.keys()), layoutVersion: FEATURE_LAYOUT_VERSION }
    const folder = new ModelFolder(config.MODEL_DIR, known)
    const models = new ServedModels({
      load: (name) => folder.load(name),
      onProblem: (message, error) => logger.error({ error }, message),
    })
    const endModels = await followModels(models, store, signals, config.MODEL, (error) =>
      logger.error({ error }, 'what is on record of models could not be read, or served'),
    )
    const activity = new Activity({ wall: () => clock.wall(), monotonic: () => clock.monotonic() })
    const onUnreadable = (err: Error) => logger.error({ err }, "a user's stored state cannot be read; they are met as a newcomer")
    const parts = { store, domain, accumulators, catalogue, standingRules, clock, random, activity, onUnreadable }
    const merges = new UserMerges(parts)
    const enrichment = new Enrichment(store, domain, accumulators, catalogue)
    const ingest = new Ingest({
      ...parts,
      merges,
      enrichment,
      onRecorded: (events) => activity.recorded(events),
      onFailed: (err) => logger.error({ err }, 'a step of one user was not recorded'),
    })
    signals.onResync(() => {
      ingest.forget()
      enrichment.forget()
    })
    const shadows = new Shadows({
      models,
      accumulators,
      clock,
      onError: (model, error) => logger.error({ model, error }, 'a model in shadow failed'),
    })
    const status = new ServiceStatus({ ...parts, activities: opened.activities })
    status.start()
    const clockSteps = new ClockSteps(clock, (message) => logger.warn(message))
    clockSteps.start()
    const sourceHealth = new SourceHealth(
      () => clock.monotonic(),
      (source, drops, error) => logger.error({ source, ...drops, error }, 'a source of candidates was left out of slates'),
    )
    const recommender = new Recommender({
      ...parts,
      sourceHealth,
      partitions: config.PARTITIONS,
      ranker: (userId, model) => models.rankerFor(userId, model),
      modelProblem: () => models.problem,
      exploration: (policy, surface) => (config.EXPLORATION ? explorationUnder(policy, domain.exploration, surface) : undefined),
      vectorShare: config.VECTOR_SHARE ?? 0,
      shadows,
      onServed: (tookMs) => activity.recommended(tookMs),
      onFallback: (error) => logger.error({ error }, 'the model failed; the merged standings rank instead'),
    })
    return {
      ...parts,
      signals,
      models,
      modelChanges: new ModelChanges({ store, models, folder, clock, random }),
      shadows,
      clockSteps,
      sourceHealth,
      storeHealth: opened.health,
      isNew: opened.isNew,
      merges,
      ingest,
      uploads: new Uploads({ ...parts, merges }),
      recommender,
      liveSlates: new LiveSlates({ ...parts, recommender, merges, signals, models }),
      snapshots: new Snapshots(parts),
      status,
      close: async () => {
        clockSteps.stop()
        await endModels()
        await endCatalogue()
        await endRules()
        await shadows.settle()
        await status.stop()
        await opened.closed()
        await models.close()
      },
    }
  } catch (error) {
    await opened.closed()
    throw error
  }
}

/** How many of the entries that a start leaves out are named in the log. */
const NAMED = 10

/** How long an event id must stay known, in ms: an event that is recorded ahead of its time counts for that much longer. */
function knownFor({ lateness }: Domain): number {
  return lateness + MAX_AHEAD
}

/** The clock by which things are forgotten beside that of features; none in a replay, where the time of the log counts. */
function steadyOf({ config, clock }: Pick<ServiceOptions, 'config' | 'clock'>): (() => number) | undefined {
  return config.CLOCK === 'events' ? undefined : steadyTime(clock)
}

async function openEmbedded(options: ServiceOptions): Promise<Opened> {
  const { dataDir, domain, clock } = options
  const accumulators = new AccumulatorSet(domain.accumulators)
  const signals = new LocalSignals()
  const storeOptions = {
    layout: accumulators.layout,
    lateness: knownFor(domain),
    wall: () => clock.wall(),
    steady: steadyOf(options),
    onSignal: (subject: Subject, signal: string) => signals.publish(subject, signal),
    onErased: (user: Subject) => signals.publish(user, erasedSignal(user.id)),
  }
  if (dataDir === undefined) {
    const store = new MemoryStore(storeOptions)
    const closed = () => store.close()
    return { accumulators, store, signals, activities: NO_OTHERS, health: EMBEDDED_HEALTH, isNew: true, closed }
  }
  const unlock = await lockFolder(dataDir)
  try {
    const { store, isNew, closed } = await openJournaled(options, dataDir, accumulators, storeOptions)
    const end = () => closed().finally(unlock)
    return { accumulators, store, signals, activities: NO_OTHERS, health: EMBEDDED_HEALTH, isNew, closed: end }
  } catch (error) {
    await unlock()
    throw error
  }
}

/** The embedded store over a folder: what was on record there, and whatever keeps the folder in order. */
async function openJournaled(
  { config, domain, clock, random, logger }: ServiceOptions,
  dataDir: string,
  accumulators: AccumulatorSet,
  storeOptions: MemoryStoreOptions,
): Promise<Pick<Opened, 'store' | 'isNew' | 'closed'>> {
  const { layout } = accumulators
  const { steady } = storeOptions
  const warn = (message: string) => logger.warn(message)
  const began = performance.now()
  const archive = config.ARCHIVE_DIR ?? join(dataDir, 'archive')
  const folder = await JournalFolder.open(dataDir, archive === '' ? undefined : archive)
  const { contents, now, segments } = await folder.recover(layout, knownFor(domain), warn)
  if (now !== undefined) clock.arrive(now)
  let compaction: Compaction | undefined
  const journal = await Journal.open(folder.livePath, config.JOURNAL_FSYNC, (bytes) => compaction?.grown(bytes))
  try {
    const poisoned = await PoisonedLines.open(folder.livePath)
    const purge: MemoryStoreOptions['purge'] = async (entriesOf, valuesOf, wasKnown) => {
      await poisoned.erase(new Erasure(entriesOf))
      return (await compaction?.erase(entriesOf, valuesOf, wasKnown)) ?? 0
    }
    const store = new MemoryStore({ ...storeOptions, contents, journal, purge, poisoned: () => poisoned.count })
    const onPoisoned = ({ error, line = '', increments }: Poisoned) => {
      const isNew = poisoned.add({ where: error.where, what: error.what, line, ...(increments && { increments }) })
      if (isNew && poisoned.count <= NAMED)
        warn(`${error.message}. Left out, and set aside in ${poisoned.path}; the start goes on.`)
    }
    const restore = new Restore({ store, domain, accumulators, random, clock, onPoisoned })
    for (const path of segments) for await (const { line, where } of readSegment(path)) await restore.apply(line, where)
    for await (const { line, where } of readJournal(folder.livePath, warn)) await restore.apply(line, where)
    restore.finish()
    await poisoned.save()
    if (poisoned.count > 0) warn(`${poisoned.count} log entries were left out, wholly or in part: see ${poisoned.path}`)
    const isNew = now === undefined && restore.entries === 0
    if (!isNew) {
      const tookMs = Math.round(performance.now() - began)
      logger.info({ snapshot: now !== undefined, entries: restore.entries, tookMs }, 'state restored')
    }
    compaction = new Compaction({
      everyBytes: (config.SNAPSHOT_EVERY_MB ?? 0) * 2 ** 20,
      folder,
      journal,
      contents,
      layout,
      forget: (subjects) => store.forget(subjects).recorded,
      isChanged: (subject) => store.isChanged(subject),
      now: () => clock.now(),
      // A clock that is ahead ends nothing: a snapshot would lack for good what it had ended.
      endedAt: (now) =>
        endedAt({
          now: Math.min(now, steady?.() ?? now),
          wall: Math.min(clock.wall(), steady?.() ?? clock.wall()),
          lateness: knownFor(domain),
          expiry: domain.expiry,
          accumulators,
        }),
      inform: (facts) => logger.info(facts, 'snapshot written'),
      warn,
    })
    await journal.append(JSON.stringify({ kind: 'layout', format: 1, names: layout.names }))
    const running = compaction
    return { store, isNew, closed: () => Promise.all([running.stop(), store.close()]).then(() => {}) }
  } catch (error) {
    await journal.close()
    throw error
  }
}

/** Time of the latest event that showed interest in an item, in ms; 0 for a new store. */
async function endOfHistory(store: StateStore, layout: SlotLayout): Promise<number> {
  await store.settle()
  const { data } = await store.readRows('attribute', [SHOP])
  return data[layout.indexOf(LAST_SEEN.attribute)]
}

async function openRedis({ config, domain, clock, logger }: ServiceOptions, url: string): Promise<Opened> {
  const warn = (message: string) => logger.warn(message)
  await expectRedis(url)
  const connection = connectRedis(url, warn)
  try {
    const policy = new RedisPolicyWatch({ connection, allowsEviction: config.ALLOW_EVICTION ?? false, warn })
    await policy.start()
    const { DURABILITY: durability } = config
    if (durability === 'replica') await expectReplicas(connection, warn)
    const keys = new RedisKeys({ partitions: config.PARTITIONS, shards: config.SHARDS }, config.REDIS_PREFIX)
    let accumulators = new AccumulatorSet(domain.accumulators)
    const grow = (recorded: SlotNames | undefined) => {
      accumulators = new AccumulatorSet(domain.accumulators, recorded)
      return accumulators.layout.names
    }
    const id = await openLayout(connection, keys, grow, randomUUID)
    const { layout } = accumulators
    const identity = new StoreWatch({
      connection,
      keys,
      id,
      columns: layout.names,
      grow: (recorded) => new AccumulatorSet(domain.accumulators, recorded).layout.names,
      newId: randomUUID,
      onError: (message) => logger.error(message),
    })
    const worker = new FoldWorker({
      connection,
      keys,
      layout,
      identity,
      expiresIn: domain.expiry.item,
      warn,
      now: () => clock.wall(),
    })
    worker.start()
    const settles = config.CLOCK === 'events'
    const archive = config.ARCHIVE_DIR || undefined
    const store = new RedisStore({
      connection,
      keys,
      layout,
      identity,
      lateness: knownFor(domain),
      durability,
      worker,
      settles,
      steady: steadyOf({ config, clock }),
      archive,
      erasedSignal,
    })
    if (config.CLOCK === 'events') clock.arrive(await endOfHistory(store, layout))
    const signals = new RedisSignals(connection, keys)
    const trimmer = trimmerOf(config, { connection, keys, identity, warn }, logger)
    trimmer?.start()
    identity.onReplaced(() => {
      store.forget()
      worker.forget()
      void signals.resync()
    })
    identity.start()
    const closed = async () => {
      await policy.stop()
      await identity.stop()
      await trimmer?.stop()
      await signals.close()
      await store.close()
    }
    const health: StoreHealth = {
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
    }
    return { accumulators, store, signals, activities: new RedisActivities(connection, keys), health, isNew: false, closed }
  } catch (error) {
    await connection.close()
    throw error
  }
}

function trimmerOf(
  { LOG_MARGIN: minutes, ARCHIVE_DIR: archive }: ServiceOptions['config'],
  parts: Pick<LogTrimmerOptions, 'connection' | 'keys' | 'identity' | 'warn'>,
  logger: Logger,
): LogTrimmer | undefined {
  if (minutes === undefined) return undefined
  if (!archive) logger.info({ minutes }, 'without ARCHIVE_DIR the log is dropped, not archived, when it is folded and this old')
  return new LogTrimmer({ ...parts, archive: archive || undefined, margin: minutes * MINUTE })
}
