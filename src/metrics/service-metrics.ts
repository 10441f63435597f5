import type { Registry } from 'prom-client'
import { UnavailableError } from '../errors.ts'
import { failedInvariants } from '../invariant.ts'
import { packageVersion } from '../package-root.ts'
import type { Ranker } from '../ranking/model-ranker.ts'
import type { ServerLoad } from '../server/server.ts'
import type { Service } from '../service.ts'
import { SECOND } from '../time-units.ts'
import { type Figures, of, type Sample, single } from './figures.ts'

/** What is read at each scrape. */
export interface Watched {
  readonly service: Service
  readonly load: () => ServerLoad
}

/** Registers what the service knows of its own state. It is read at each scrape, and costs nothing between two. */
export function serviceMetrics(registry: Registry, watched: () => Watched | undefined): void {
  const figures: Figures<Watched> = { registry, source: watched }
  ofModels(figures)
  ofStore(figures)
  ofWork(figures)
  ofFailures(figures)
  single(figures, 'gauge', 'liverank_subscribers', 'Open subscriptions to slates and to features.', ({ service }) => {
    return service.activity.subscribers
  })
  of(
    figures,
    'gauge',
    'liverank_open',
    'What is open. A WebSocket and an event stream each have a connection.',
    ['what'],
    ({ load }) => {
      const { connections, requests, eventStreams, webSockets } = load()
      return samples('what', { connection: connections, request: requests, event_stream: eventStreams, web_socket: webSockets })
    },
  )
  single(figures, 'counter', 'liverank_clock_steps_total', 'Jumps of the wall clock by more than five minutes.', ({ service }) =>
    service.clockSteps.count(),
  )
}

function ofModels(figures: Figures<Watched>): void {
  const version = packageVersion()
  of(
    figures,
    'gauge',
    'liverank_build_info',
    '1, with the version of the package and the kind of the store.',
    ['version', 'store'],
    ({ service }) => [{ labels: { version, store: service.store.name }, value: 1 }],
  )
  of(
    figures,
    'gauge',
    'liverank_model_info',
    '1 for each model that ranks (`active`) or is compared with it (`shadow`). The version is the time of its training, or else the revision in which it was registered.',
    ['model', 'version', 'status'],
    ({ service: { models } }) => {
      const sample = (status: string) => (ranker: Ranker) => {
        const known = models.record.models.find(({ name }) => name === ranker.name)
        const version = known?.trainedAt ?? `revision ${known?.registeredIn ?? 0}`
        return { labels: { model: ranker.name, version, status }, value: 1 }
      }
      return [...models.active.map(sample('active')), ...models.shadows.map(sample('shadow'))]
    },
  )
  single(
    figures,
    'gauge',
    'liverank_model_missing',
    '1 if this process cannot serve a model that should rank, and keeps its former models.',
    ({ service }) => Number(service.models.problem !== undefined),
  )
}

function ofStore(figures: Figures<Watched>): void {
  single(figures, 'gauge', 'liverank_store_up', '1 if the store answers and takes writes.', async ({ service }) => {
    const answered = await answerOf(service.store.ping().then(() => 1))
    return service.storeHealth.problem === undefined ? (answered ?? 0) : 0
  })
  single(
    figures,
    'counter',
    'liverank_store_losses_total',
    'How often the store lost data.',
    ({ service }) => service.storeHealth.losses,
  )
  single(
    figures,
    'gauge',
    'liverank_fold_lag_seconds',
    'Age of the oldest event that the shared sums lack. NaN while the store does not answer.',
    async ({ service }) => {
      const lag = await answerOf(service.store.foldLag())
      return lag === undefined ? Number.NaN : lag / SECOND
    },
  )
  single(
    figures,
    'gauge',
    'liverank_poisoned_entries',
    'Log entries with parts that cannot be applied. NaN while the store does not answer.',
    async ({ service }) => (await answerOf(service.store.poisonedEntries())) ?? Number.NaN,
  )
  single(figures, 'gauge', 'liverank_items', 'Items of the catalogue.', ({ service }) => service.catalogue.itemIds.length)
  of(figures, 'gauge', 'liverank_store_entries', 'What the embedded store holds in memory.', ['of'], ({ service }) =>
    samples('of', service.storeFigures().memory?.entries ?? {}),
  )
  of(
    figures,
    'gauge',
    'liverank_memory_bytes',
    'Buffers and typed arrays by owner, without keys and objects. The stores of users, items, kept events and event ids are of the embedded store.',
    ['owner'],
    ({ service }) => samples('owner', { vectors: service.catalogue.vectors.bytes, ...service.storeFigures().memory?.bytes }),
  )
  ofJournal(figures)
  ofRedis(figures)
}

function ofJournal(figures: Figures<Watched>): void {
  const journal = ({ service }: Watched) => service.storeFigures().journal
  of(figures, 'gauge', 'liverank_journal_waiting_entries', 'Log entries that wait to be written to the journal.', [], (watched) =>
    whole(journal(watched)?.waiting),
  )
  of(figures, 'counter', 'liverank_journal_failures_total', 'Writes and syncs of the journal that failed.', [], (watched) =>
    whole(journal(watched)?.failures),
  )
}

function ofRedis(figures: Figures<Watched>): void {
  const redis = ({ service }: Watched) => service.storeFigures().redis
  of(figures, 'gauge', 'liverank_redis_commands_in_flight', 'Commands that Redis has not answered yet.', [], (watched) =>
    whole(redis(watched)?.commandsInFlight),
  )
  of(figures, 'counter', 'liverank_redis_errors_total', 'Errors of connections to Redis.', ['client'], (watched) =>
    samples('client', redis(watched)?.errors ?? {}),
  )
  of(
    figures,
    'counter',
    'liverank_redis_reconnects_total',
    'Attempts to connect again after a connection to Redis broke.',
    ['client'],
    (watched) => samples('client', redis(watched)?.reconnects ?? {}),
  )
  of(
    figures,
    'counter',
    'liverank_redis_failed_replies_total',
    'Commands that failed: Redis was out of memory, was starting or moving, did not answer in time or refused, or the connection was broken.',
    ['reason'],
    (watched) => samples('reason', redis(watched)?.failedReplies ?? {}),
  )
}

function ofWork(figures: Figures<Watched>): void {
  single(
    figures,
    'gauge',
    'liverank_recording_steps_running',
    'Number of users whose events are being recorded at the moment.',
    ({ service }) => service.ingest.load.steps,
  )
  single(
    figures,
    'gauge',
    'liverank_events_waiting',
    'Events that wait until the step of their user has ended.',
    ({ service }) => service.ingest.load.waiting,
  )
  single(
    figures,
    'gauge',
    'liverank_events_unanswered',
    'Events that were taken and are not recorded yet. With 20,000, the service refuses further ones.',
    ({ service }) => service.ingest.unanswered,
  )
  single(
    figures,
    'gauge',
    'liverank_slates_running',
    'Slates that are being made.',
    ({ service }) => service.turns.figures.running,
  )
  of(figures, 'gauge', 'liverank_slates_waiting', 'Slates that wait for their turn.', ['urgency'], ({ service }) =>
    samples('urgency', service.turns.figures.waiting),
  )
  of(
    figures,
    'counter',
    'liverank_turns_total',
    'Turns to make slates. `granted`: of one slate. `shared`: of a slate that another device of the user wants too. `given`: of a slate that nobody wanted any more before its turn.',
    ['fate'],
    ({ service }) => {
      const { granted, shared, given } = service.turns.figures
      const all = granted.interactive + granted.push + granted.refresh
      return samples('fate', { granted: all - shared, shared, given })
    },
  )
}

function ofFailures(figures: Figures<Watched>): void {
  of(
    figures,
    'counter',
    'liverank_source_drops_total',
    'How often a source of candidates was dropped from a slate, because it was slow or failed.',
    ['source', 'cause'],
    ({ service }) =>
      [...service.sourceHealth.drops].flatMap(([source, drops]) =>
        Object.entries(drops).map(([cause, value]) => ({ labels: { source, cause }, value })),
      ),
  )
  single(figures, 'counter', 'liverank_failed_assertions_total', 'Failed assertions, which are defects.', () =>
    [...failedInvariants().values()].reduce((sum, count) => sum + count, 0),
  )
  of(figures, 'counter', 'liverank_failed_assertions_by_name_total', 'Failed assertions by name.', ['name'], () =>
    samples('name', Object.fromEntries(failedInvariants())),
  )
}

function samples(label: string, values: { readonly [value: string]: number }): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }))
}

/** The one series of a metric that not every store has. */
function whole(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels: {}, value }]
}

async function answerOf<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof UnavailableError) return undefined
    throw error
  }
}
