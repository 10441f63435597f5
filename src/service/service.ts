import type { Logger } from 'pino'
import { AccumulatorSet, expiryTestsAt } from '../accumulators/accumulator-set.ts'
import { ServiceStatus } from '../analysis/service-status.ts'
import { Snapshots } from '../analysis/snapshots.ts'
import { AuditLog } from '../auth/audit-log.ts'
import { Authenticator, type AuthenticatorSettings } from '../auth/authenticator.ts'
import type { KeyChanges } from '../auth/key-changes.ts'
import type { KnownKeys } from '../auth/known-keys.ts'
import type { ServedNeighbourLists } from '../candidates/offline.ts'
import { SourceHealth } from '../candidates/source-health.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import { checkDomain } from '../domain/check-domain.ts'
import { type Domain, withConsent } from '../domain/domain.ts'
import { explorationUnder } from '../domain/experiment.ts'
import { Enrichment } from '../events/enrichment.ts'
import { Ingest, type IngestParts } from '../events/ingest.ts'
import { ModelChanges } from '../events/model-changes.ts'
import { ModelUploads } from '../events/model-uploads.ts'
import { NeighbourUploads } from '../events/neighbour-uploads.ts'
import { People } from '../events/people.ts'
import { Restore } from '../events/restore.ts'
import { erasedSignal } from '../events/swap.ts'
import { Uploads } from '../events/uploads.ts'
import { UserErasures } from '../events/user-erasures.ts'
import { MAX_AHEAD } from '../events/validate-event.ts'
import { LiveSlates } from '../live/live-slates.ts'
import { LocalSignals, RedisSignals, type Signals } from '../live/signals.ts'
import { logErrorOnce } from '../logging/log-error-once.ts'
import { logFailedAssertions } from '../logging/log-failed-assertions.ts'
import { Activity, type LiveObserver } from '../process-activity.ts'
import type { Randomness } from '../random.ts'
import type { ModelFiles } from '../ranking/model-files.ts'
import type { ServedModels } from '../ranking/served-models.ts'
import { UserExports } from '../rights/user-exports.ts'
import type { StandingRules } from '../rules/standing-rules.ts'
import { ServiceClock } from '../service-clock.ts'
import { type RedisSettings, redisAccessOf } from '../settings/redis-settings.ts'
import { type SlateSettings, slateLivesOf, slateRoomOf } from '../settings/slate-settings.ts'
import { ChoiceObserver } from '../slate/choice-observer.ts'
import { FeatureDrift, Shadows } from '../slate/model-observation.ts'
import { CONCURRENT_RANKINGS, RankingTurns } from '../slate/ranking-turns.ts'
import { Recommender } from '../slate/recommender.ts'
import type { SlateObserver } from '../slate/slate-observer.ts'
import { openEmbedded } from '../state/embedded/open.ts'
import type { OpenedStore, SharedBuckets, StoreHealth } from '../state/opened-store.ts'
import { openRedis } from '../state/redis/open.ts'
import { failedStart } from '../state/redis/start-error.ts'
import type { StateStore } from '../state/store.ts'
import type { StoreFigures } from '../state/store-figures.ts'
import { systemTimers, type Timers } from '../timers.ts'
import { ClockWatch } from './clock-watch.ts'
import type { Config } from './config.ts'
import { followCopies } from './followed-copies.ts'

/** A running service: the store, the recommender, and the other parts that answer requests. */
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
  readonly neighbourLists: ServedNeighbourLists
  readonly uploads: Uploads
  readonly neighbourUploads: NeighbourUploads
  readonly people: People
  readonly erasures: UserErasures
  readonly exports: UserExports
  readonly recommender: Recommender
  readonly choices: ChoiceObserver
  /** Turns to make slates, for all who ask the recommender on behalf of clients. */
  readonly turns: RankingTurns
  readonly liveSlates: LiveSlates
  readonly snapshots: Snapshots
  readonly models: ServedModels
  readonly modelChanges: ModelChanges
  readonly modelFiles: ModelFiles
  readonly modelUploads: ModelUploads
  readonly shadows: Shadows
  readonly drift: FeatureDrift
  readonly authenticator: Authenticator
  readonly keys: KnownKeys
  readonly keyChanges: KeyChanges
  readonly audit: AuditLog
  readonly activity: Activity
  readonly status: ServiceStatus
  readonly clockWatch: ClockWatch
  readonly sourceHealth: SourceHealth
  readonly storeHealth: StoreHealth
  /** Called with the error if the stored value of a user cannot be read: the user counts as new. */
  readonly onUnreadable: (error: Error) => void
  /** Reads figures of the store for monitoring. */
  readonly storeFigures: () => StoreFigures
  /** Token buckets that the processes of the store share; undefined if there is one process only. */
  readonly buckets: SharedBuckets | undefined
  /** True if the embedded store held no event and no upload when it was opened, or if no process had opened this store in Redis before. */
  readonly isNew: boolean
  close(): Promise<void>
}

export interface ServiceOptions {
  readonly config: Pick<
    Config,
    'REDIS_URL' | 'REDIS_PREFIX' | 'PARTITIONS' | 'SHARDS' | 'DURABILITY' | 'JOURNAL_FSYNC' | 'MODEL_DIR' | 'MODEL' | 'CLOCK'
  > &
    RedisSettings &
    /** Optional settings. Defaults: no snapshots, Redis keeps its whole log, no feature vectors in the log, no exploration, no tokens, no limit on renewed tokens; the domain says whether consent is required. */
    Partial<
      Pick<
        Config,
        | 'ALLOW_EVICTION'
        | 'CLOCK_CHECKED'
        | 'SNAPSHOT_EVERY_MB'
        | 'ARCHIVE_DIR'
        | 'LOG_MARGIN'
        | 'EXPLORATION'
        | 'VECTOR_SHARE'
        | 'CONSENT'
      > &
        AuthenticatorSettings &
        SlateSettings
    >
  /** Folder of the journal. If undefined, the embedded store lives in memory and is lost when the process ends. */
  readonly dataDir: string | undefined
  readonly domain: Domain
  /** Clock of the machine, or of a replay. */
  readonly clock: Clock
  readonly random: Randomness
  readonly logger: Logger
  /** Receives the activity of the service. */
  readonly observer?: ServiceObserver | undefined
}

/** Receives the activity of a service on hot paths: its methods must return at once. */
export interface ServiceObserver {
  readonly recorded: NonNullable<IngestParts['onOutcomes']>
  readonly slates: SlateObserver
  readonly live: LiveObserver
}

/** Options of a service, with its own clock in place of that of the machine. */
interface StartOptions extends ServiceOptions {
  readonly clock: ServiceClock
}

interface Opened extends OpenedStore {
  readonly accumulators: AccumulatorSet
  readonly signals: Signals
}

/**
 * Opens the store and starts a service. Call `close` on the result to release the store.
 * @throws LiverankError CONFIGURATION, LAYOUT_MISMATCH, DAMAGED_LOG or UNAVAILABLE when the service cannot start
 * @throws NotFoundError or ModelContractError when the store has no recorded models and the configured model cannot be loaded
 */
export async function openService(given: ServiceOptions): Promise<Service> {
  const { CLOCK, CLOCK_CHECKED: checked, CONSENT } = given.config
  const clock = new ServiceClock(given.clock, { isReplay: CLOCK === 'events', checked })
  const options = { ...given, clock, domain: withConsent(given.domain, CONSENT) }
  const { config, domain, logger } = options
  checkDomain(domain)
  const endLog = logFailedAssertions(logger, () => clock.monotonic())
  let opened: Opened | undefined
  const close = async () => {
    await opened?.close()
    endLog()
  }
  try {
    opened = config.REDIS_URL === undefined ? await openLocal(options) : await openShared(options, config.REDIS_URL)
    return await wire(options, { ...opened, close })
  } catch (error) {
    await close()
    throw config.REDIS_URL === undefined ? error : failedStart(error, config.REDIS_URL)
  }
}

async function wire(options: StartOptions, opened: Opened): Promise<Service> {
  const { config, domain, clock, random, logger, observer } = options
  const { accumulators, store, signals, activities } = opened
  const activity = new Activity({ wall: () => clock.wall(), monotonic: () => clock.monotonic() }, observer?.live)
  const status = new ServiceStatus({ store, activities, activity, clock, random, domain })
  await status.start()
  const followed = await followCopies(options, opened).catch(async (error: unknown) => {
    await status.stop()
    throw error
  })
  const { catalogue, standingRules, neighbourLists, models, modelFiles, keys, keyChanges } = followed
  const people = new People({ store, domain, accumulators, catalogue, clock, random })
  const onShadowError = (model: string, error: unknown) => logger.error({ model, error }, 'a model in shadow failed')
  const shadows = new Shadows({ models, accumulators, clock, onError: onShadowError })
  const drift = new FeatureDrift(models, clock)
  const clockWatch = await watchClock(options, opened)
  const sourceHealth = new SourceHealth(
    () => clock.monotonic(),
    (source, drops, error) => logger.error({ source, ...drops, error }, 'a source of candidates was dropped from slates'),
  )
  const onUnreadable = (err: Error) => logger.error({ err }, "a user's stored state cannot be read; the user counts as new")
  const copies = { catalogue, standingRules, neighbourLists, models }
  const recommender = recommenderOf(
    { store, accumulators, ...copies, sourceHealth, shadows, drift, activity, onUnreadable },
    options,
  )
  const choices = new ChoiceObserver({
    ...{ domain, accumulators, clock, catalogue, recommender, isOn: () => !models.rankForAll },
    // A replay that is played again learns the same, however fast the machine is.
    ...(config.CLOCK === 'events' && { clock: { now: () => clock.now(), monotonic: () => clock.now() }, timers: PATIENT }),
  })
  const ofIngest = { store, domain, accumulators, catalogue, clock, random, activity, choices }
  const ingest = ingestOf(ofIngest, people, signals, options)
  const turns = new RankingTurns({
    concurrency: CONCURRENT_RANKINGS[config.REDIS_URL === undefined ? 'embedded' : 'redis'],
    now: () => clock.monotonic(),
    onGranted: (urgency, waitedMs) => observer?.slates.waited(urgency, waitedMs),
  })
  const modelUploads = new ModelUploads({ store, clock, random })
  const ofLive = { store, recommender, turns, people, signals, domain, clock, models, standingRules, catalogue, random, activity }
  return {
    ...{ domain, clock, random, store, signals, accumulators, catalogue, standingRules, neighbourLists, models, modelFiles },
    ...{ keys, keyChanges, people, ingest, recommender, choices, turns },
    ...{ shadows, drift, activity, status, clockWatch, sourceHealth },
    ...{ storeHealth: opened.health, storeFigures: opened.figures, buckets: opened.buckets, isNew: opened.isNew },
    onUnreadable,
    authenticator: new Authenticator(config, keys, clock.machine, logger),
    audit: new AuditLog({ store, clock, random, onIncomplete: (error) => logger.error({ error }, error.message) }),
    modelUploads,
    modelChanges: new ModelChanges({ store, models, files: modelFiles, uploads: modelUploads, clock, random }),
    uploads: new Uploads({ store, domain, accumulators, catalogue, people, clock, random }),
    neighbourUploads: new NeighbourUploads({ store, neighbourLists, clock, random }),
    erasures: new UserErasures({ store, people }),
    exports: new UserExports({ store, domain, accumulators, models, clock }),
    liveSlates: new LiveSlates(ofLive),
    snapshots: new Snapshots({ store, domain, accumulators, catalogue, clock }),
    close: async () => {
      // Together: each may wait for a store that hangs, and a process that stops has only seconds.
      await Promise.all([followed.end(), shadows.settle(), status.stop(), clockWatch.stop()])
      await opened.close()
      await models.close()
    },
  }
}

/** Timers that never end a wait. */
const PATIENT: Timers = { ...systemTimers, after: () => () => {} }

type RecommenderNeeds = Pick<
  Service,
  | 'store'
  | 'accumulators'
  | 'catalogue'
  | 'standingRules'
  | 'neighbourLists'
  | 'models'
  | 'sourceHealth'
  | 'shadows'
  | 'drift'
  | 'activity'
  | 'onUnreadable'
>

function recommenderOf({ models, activity, ...parts }: RecommenderNeeds, options: StartOptions): Recommender {
  const { config, domain, clock, random, logger, observer } = options
  return new Recommender({
    ...parts,
    domain,
    clock,
    random,
    observer: observer?.slates,
    partitions: config.PARTITIONS,
    ranker: (userId, model) => models.rankerFor(userId, model),
    firstStage: () => !models.rankForAll,
    modelProblem: () => models.problem,
    exploration: (policy, surface) => (config.EXPLORATION ? explorationUnder(policy, domain.exploration, surface) : undefined),
    vectorShare: config.VECTOR_SHARE ?? 0,
    onServed: (tookMs) => activity.recommended(tookMs),
    onFallback: (error) => logger.error({ error }, 'the model failed, so a fixed formula ranked the slate'),
  })
}

async function watchClock({ clock, logger }: StartOptions, { noteTime }: Opened): Promise<ClockWatch> {
  const warn = (message: string) => logger.warn(message)
  const clockWatch = new ClockWatch({ clock, noteTime, warn, inform: (message) => logger.info(message) })
  await clockWatch.start()
  return clockWatch
}

type IngestNeeds = Pick<Service, 'store' | 'domain' | 'accumulators' | 'catalogue' | 'clock' | 'random' | 'activity' | 'choices'>

/** Takes events; forgets what it keeps of users when the store holds another state than before. */
function ingestOf(needs: IngestNeeds, people: People, signals: Signals, { logger, observer }: ServiceOptions): Ingest {
  const { store, domain, accumulators, catalogue, clock, random, activity, choices } = needs
  const enrichment = new Enrichment({ store, domain, accumulators, catalogue, clock })
  const ingest = new Ingest({
    ...{ store, domain, accumulators, catalogue, clock, random, people, enrichment },
    ...(observer && { onOutcomes: observer.recorded }),
    observeChoice: (events, userId, user) => choices.observe(events, userId, user),
    onRecorded: (events) => activity.recorded(events),
    onFailed: (error) => logErrorOnce(logger, error, 'a step of one user was not recorded'),
  })
  signals.onResync(() => {
    ingest.forget()
    enrichment.forget()
  })
  return ingest
}

/** How long an event id must stay known, in ms: an event that is recorded ahead of its time counts for that much longer. */
function knownFor({ lateness }: Domain): number {
  return lateness + MAX_AHEAD
}

async function openLocal(options: StartOptions): Promise<Opened> {
  const { config, dataDir, domain, clock, random, logger } = options
  const { expiry } = domain
  const accumulators = new AccumulatorSet(domain.accumulators)
  const signals = new LocalSignals()
  const lateness = knownFor(domain)
  const opened = await openEmbedded({
    dataDir,
    archiveDir: config.ARCHIVE_DIR,
    fsync: config.JOURNAL_FSYNC,
    snapshotEveryBytes: (config.SNAPSHOT_EVERY_MB ?? 0) * 2 ** 20,
    layout: accumulators.layout,
    lateness,
    slateLives: slateLivesOf(config),
    slateRoom: slateRoomOf(config),
    clock,
    onSignal: (subject, signal) => signals.publish(subject, signal),
    onErased: (user) => signals.publish(user, erasedSignal(user.id)),
    replayInto: (store, onPoisoned) => new Restore({ store, domain, accumulators, random, clock, onPoisoned }),
    expiryTestsAt: (now, wall) => expiryTestsAt({ now, wall, lateness, expiry, accumulators }),
    logger,
  })
  return { ...opened, accumulators, signals }
}

async function openShared(options: StartOptions, url: string): Promise<Opened> {
  const { config, domain, clock, logger } = options
  const opened = await openRedis({
    access: redisAccessOf(config, url),
    prefix: config.REDIS_PREFIX,
    partitions: config.PARTITIONS,
    shards: config.SHARDS,
    durability: config.DURABILITY,
    allowsEviction: config.ALLOW_EVICTION ?? false,
    archiveDir: config.ARCHIVE_DIR || undefined,
    logMargin: config.LOG_MARGIN,
    layoutFor: (recorded) => new AccumulatorSet(domain.accumulators, recorded).layout,
    lateness: knownFor(domain),
    slateLives: slateLivesOf(config),
    expiresIn: domain.expiry.item,
    clock,
    isReplay: config.CLOCK === 'events',
    erasedSignal,
    logger,
  })
  const accumulators = new AccumulatorSet(domain.accumulators, opened.layout.names)
  const signals = new RedisSignals(opened.connection, opened.keys, {
    onMalformed: (error) => logger.error({ error }, 'a message on a Redis channel of the service is not a valid signal'),
    onRefused: (error) => logger.error({ error }, 'Redis refuses the signals of other processes: live slates come late'),
  })
  opened.onReplaced(() => void signals.resync())
  const close = async () => {
    await signals.close()
    await opened.close()
  }
  return { ...opened, accumulators, signals, close }
}
