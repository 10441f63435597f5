import { join } from 'node:path'
import type { Logger } from 'pino'
import { AccumulatorSet, FEATURE_LAYOUT_VERSION } from './accumulators/accumulator-set.ts'
import { Snapshots } from './analysis/snapshots.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { checkDomain } from './domain/check-domain.ts'
import type { Domain } from './domain/domain.ts'
import { Enrichment } from './events/enrichment.ts'
import { Ingest } from './events/ingest.ts'
import { Restore } from './events/restore.ts'
import { Uploads } from './events/uploads.ts'
import { UserMerges } from './events/user-merges.ts'
import { MAX_AHEAD } from './events/validation.ts'
import { followCatalogue } from './live/follow-catalogue.ts'
import { LiveSlates } from './live/live-slates.ts'
import { LocalSignals, RedisSignals, type Signals } from './live/signals.ts'
import type { Randomness } from './random.ts'
import { OnnxRanker } from './ranking/onnx-ranker.ts'
import type { Ranker } from './ranking/ranker.ts'
import { Recommender } from './slate/recommender.ts'
import { Catalogue } from './state/catalogue.ts'
import { FoldWorker } from './state/fold-worker.ts'
import { Journal, lockDirectory, readJournal } from './state/journal.ts'
import { MemoryStore } from './state/memory-store.ts'
import { connectRedis } from './state/redis-connection.ts'
import { RedisKeys } from './state/redis-keys.ts'
import { openLayout, RedisStore } from './state/redis-store.ts'
import { expectReplicas } from './state/replicated-writes.ts'
import { LAST_SEEN, SHOP, type SlotLayout } from './state/slots.ts'
import type { StateStore } from './state/store.ts'

/** Everything that answers a request, wired together. */
export interface Service {
  readonly domain: Domain
  readonly clock: Clock
  readonly accumulators: AccumulatorSet
  readonly store: StateStore
  readonly signals: Signals
  readonly catalogue: Catalogue
  readonly ingest: Ingest
  readonly uploads: Uploads
  readonly merges: UserMerges
  readonly recommender: Recommender
  readonly liveSlates: LiveSlates
  readonly snapshots: Snapshots
  readonly ranker: Ranker | undefined
  /** True for an embedded store that began without an event or upload on record. */
  readonly isNew: boolean
  close(): Promise<void>
}

export interface ServiceOptions {
  readonly config: Pick<
    Config,
    'REDIS_URL' | 'REDIS_PREFIX' | 'PARTITIONS' | 'SHARDS' | 'DURABILITY' | 'JOURNAL_FSYNC' | 'MODEL_DIR' | 'MODEL' | 'CLOCK'
  >
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
  readonly isNew: boolean
  readonly closed: () => Promise<void>
}

/**
 * @throws LiverankError CONFIGURATION, LAYOUT_MISMATCH, DAMAGED_LOG or UNAVAILABLE when it cannot start
 * @throws ModelContractError when the configured model cannot be served
 */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { config, domain, clock, random, logger } = options
  checkDomain(domain)
  const opened = config.REDIS_URL === undefined ? await openEmbedded(options) : await openRedis(options, config.REDIS_URL)
  const { accumulators, store, signals } = opened
  try {
    const catalogue = new Catalogue(domain.attributes)
    const endCatalogue = await followCatalogue(catalogue, store, signals, (error) =>
      logger.error({ error }, 'the catalogue could not be read again'),
    )
    const known = { features: new Set(accumulators.features.keys()), layoutVersion: FEATURE_LAYOUT_VERSION }
    const ranker = config.MODEL === '' ? undefined : await OnnxRanker.load(join(config.MODEL_DIR, config.MODEL), known)
    const parts = { store, domain, accumulators, catalogue, clock, random }
    const merges = new UserMerges(parts)
    const recommender = new Recommender({
      ...parts,
      partitions: config.PARTITIONS,
      ranker: () => ranker,
      onFallback: (error) => logger.error({ error }, 'the model failed; the merged standings rank instead'),
    })
    return {
      ...parts,
      signals,
      ranker,
      isNew: opened.isNew,
      merges,
      ingest: new Ingest({ ...parts, merges, enrichment: new Enrichment(store, domain, accumulators, catalogue) }),
      uploads: new Uploads({ ...parts, merges }),
      recommender,
      liveSlates: new LiveSlates(recommender, merges, signals, domain, clock),
      snapshots: new Snapshots(parts),
      close: async () => {
        await endCatalogue()
        await opened.closed()
        await ranker?.release()
      },
    }
  } catch (error) {
    await opened.closed()
    throw error
  }
}

/** How long an event id must stay known, in ms: an event that is recorded ahead of its time counts for that much longer. */
function knownFor({ lateness }: Domain): number {
  return lateness + MAX_AHEAD
}

async function openEmbedded({ config, dataDir, domain, clock, random, logger }: ServiceOptions): Promise<Opened> {
  const accumulators = new AccumulatorSet(domain.accumulators)
  const { layout } = accumulators
  const signals = new LocalSignals()
  const unlock = dataDir === undefined ? undefined : await lockDirectory(dataDir)
  try {
    const path = dataDir && join(dataDir, 'journal.jsonl')
    const journal = path === undefined ? undefined : await Journal.open(path, config.JOURNAL_FSYNC)
    const store = new MemoryStore({
      layout,
      lateness: knownFor(domain),
      wall: () => clock.wall(),
      onSignal: (subject, signal) => signals.publish(subject, signal),
      ...(journal && { journal }),
    })
    let entries = 0
    if (path !== undefined && journal) {
      const restore = new Restore({ store, domain, accumulators, random, clock })
      for await (const { line, where } of readJournal(path, (message) => logger.warn(message))) await restore.apply(line, where)
      restore.finish()
      entries = restore.entries
      await journal.append(JSON.stringify({ kind: 'layout', format: 1, names: layout.names }))
      if (entries > 0) logger.info({ entries }, 'journal restored')
    }
    const closed = async () => {
      try {
        await store.close()
      } finally {
        await unlock?.()
      }
    }
    return { accumulators, store, signals, isNew: entries === 0, closed }
  } catch (error) {
    await unlock?.()
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
  const connection = connectRedis(url, (message) => logger.warn(message))
  try {
    const { DURABILITY: durability } = config
    if (durability === 'replica') await expectReplicas(connection, (message) => logger.warn(message))
    const keys = new RedisKeys({ partitions: config.PARTITIONS, shards: config.SHARDS }, config.REDIS_PREFIX)
    let accumulators = new AccumulatorSet(domain.accumulators)
    await openLayout(connection, keys, (recorded) => {
      accumulators = new AccumulatorSet(domain.accumulators, recorded)
      return accumulators.layout.names
    })
    const { layout } = accumulators
    const worker = new FoldWorker({
      connection,
      keys,
      layout,
      expiresIn: domain.expiry.item,
      warn: (message) => logger.warn(message),
    })
    worker.start()
    const settles = config.CLOCK === 'events'
    const store = new RedisStore({ connection, keys, layout, lateness: knownFor(domain), durability, worker, settles })
    if (config.CLOCK === 'events') clock.arrive(await endOfHistory(store, layout))
    const signals = new RedisSignals(connection, keys)
    const closed = async () => {
      await signals.close()
      await store.close()
    }
    return { accumulators, store, signals, isNew: false, closed }
  } catch (error) {
    await connection.close()
    throw error
  }
}
