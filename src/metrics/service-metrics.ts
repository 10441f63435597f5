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
  ofMemory(figures)
  ofJournal(figures)
  ofRedis(figures)
  ofWork(figures)
  ofFailures(figures)
  single(figures, 'gauge', 'liverank_subscribers', 'Number of open subscriptions to slates and to features.', ({ service }) => {
    return service.activity.subscribers
  })
  of(
    figures,
    'gauge',
    'liverank_open',
    'Number of open connections, WebSockets, event streams and requests. Each WebSocket and each event stream also counts as a connection.',
    ['what'],
    ({ load }) => {
      const { connections, requests, eventStreams, webSockets } = load()
      return samples('what', { connection: connections, request: requests, event_stream: eventStreams, web_socket: webSockets })
    },
  )
  single(
    figures,
    'counter',
    'liverank_issuer_failures_total',
    'Number of failed attempts to fetch the public keys of the issuer (`JWKS_URL`).',
    ({ service }) => service.authenticator.issuerHealth.failures,
  )
  single(
    figures,
    'counter',
    'liverank_clock_steps_total',
    'Number of jumps of the wall clock by more than five minutes.',
    ({ service }) => service.clockSteps.count(),
  )
}

function ofModels(figures: Figures<Watched>): void {
  const version = packageVersion()
  of(
    figures,
    'gauge',
    'liverank_build_info',
    'Always 1. The labels give the version of the package and the kind of the store.',
    ['version', 'store'],
    ({ service }) => [{ labels: { version, store: service.store.name }, value: 1 }],
  )
  of(
    figures,
    'gauge',
    'liverank_model_info',
    '1 for each model that ranks slates (`active`), and for each model that is only compared with the active one (`shadow`). `version` is the time at which the model was trained. If that is unknown, it is a number that the service gave the model.',
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
    '1 if this process could not load a model that should be active, so that it still ranks with its former models. Otherwise 0.',
    ({ service }) => Number(service.models.problem !== undefined),
  )
}

function ofStore(figures: Figures<Watched>): void {
  single(
    figures,
    'gauge',
    'liverank_store_up',
    '1 if the store answers and accepts writes. Otherwise 0.',
    async ({ service }) => {
      const answered = await answerOf(service.store.ping().then(() => 1))
      return service.storeHealth.problem === undefined ? (answered ?? 0) : 0
    },
  )
  single(
    figures,
    'counter',
    'liverank_store_losses_total',
    'How often this process noticed that the store had lost data, since the process started.',
    ({ service }) => service.storeHealth.losses,
  )
  single(
    figures,
    'gauge',
    'liverank_fold_lag_seconds',
    'Age of the oldest recorded event that is not yet in the shared sums (totals over all users). NaN while the store does not answer.',
    async ({ service }) => {
      const lag = await answerOf(service.store.foldLag())
      return lag === undefined ? Number.NaN : lag / SECOND
    },
  )
  single(
    figures,
    'gauge',
    'liverank_poisoned_entries',
    'Number of log entries that contain something that the service could not use, such as an infinite number. In a healthy store this is 0. NaN while the store does not answer.',
    async ({ service }) => (await answerOf(service.store.poisonedEntries())) ?? Number.NaN,
  )
}

function ofMemory(figures: Figures<Watched>): void {
  single(
    figures,
    'gauge',
    'liverank_items',
    'Number of items in the catalogue.',
    ({ service }) => service.catalogue.itemIds.length,
  )
  of(
    figures,
    'gauge',
    'liverank_store_entries',
    'Number of entries that the embedded store holds in memory. The label `of` gives their kind.',
    ['of'],
    ({ service }) => samples('of', service.storeFigures().memory?.entries ?? {}),
  )
  of(
    figures,
    'gauge',
    'liverank_memory_bytes',
    'Memory in buffers and typed arrays, by the part of the service that owns them. Memory for JavaScript objects and for keys of maps is not included. Users, items, kept events and event ids are in memory only with the embedded store.',
    ['owner'],
    ({ service }) => samples('owner', { vectors: service.catalogue.vectors.bytes, ...service.storeFigures().memory?.bytes }),
  )
}

function ofJournal(figures: Figures<Watched>): void {
  const journal = ({ service }: Watched) => service.storeFigures().journal
  of(
    figures,
    'gauge',
    'liverank_journal_waiting_entries',
    'Number of log entries that wait to be written to the journal, the log file of the embedded store.',
    [],
    (watched) => whole(journal(watched)?.waiting),
  )
  of(
    figures,
    'counter',
    'liverank_journal_failures_total',
    'Number of failed attempts to write the journal (the log file of the embedded store) or to force it to the disk.',
    [],
    (watched) => whole(journal(watched)?.failures),
  )
}

function ofRedis(figures: Figures<Watched>): void {
  const redis = ({ service }: Watched) => service.storeFigures().redis
  of(
    figures,
    'gauge',
    'liverank_redis_commands_in_flight',
    'Number of commands that Redis has not answered yet.',
    [],
    (watched) => whole(redis(watched)?.commandsInFlight),
  )
  of(
    figures,
    'counter',
    'liverank_redis_errors_total',
    'Number of errors on connections to Redis. The label `client` says what the connection is for.',
    ['client'],
    (watched) => samples('client', redis(watched)?.errors ?? {}),
  )
  of(
    figures,
    'counter',
    'liverank_redis_reconnects_total',
    'Number of attempts to connect again after a connection to Redis broke. The label `client` says what the connection is for.',
    ['client'],
    (watched) => samples('client', redis(watched)?.reconnects ?? {}),
  )
  of(
    figures,
    'counter',
    'liverank_redis_failed_replies_total',
    'Number of commands to Redis that failed, by the reason: Redis had no memory left, was still starting, was moving data, did not answer in time, or refused the command, or the connection broke.',
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
    'Number of events that wait because the service is still recording earlier events of the same user.',
    ({ service }) => service.ingest.load.waiting,
  )
  single(
    figures,
    'gauge',
    'liverank_events_unanswered',
    'Number of events that the service has accepted but not yet recorded. When there are 20,000, it refuses further events.',
    ({ service }) => service.ingest.unanswered,
  )
  single(
    figures,
    'gauge',
    'liverank_slates_running',
    'Number of slates that the service is making at the moment.',
    ({ service }) => service.turns.figures.running,
  )
  of(
    figures,
    'gauge',
    'liverank_slates_waiting',
    'Number of slates that wait until the service has made others. `interactive`, `push` and `refresh` mean the same as for `liverank_slate_wait_duration_seconds`.',
    ['urgency'],
    ({ service }) => samples('urgency', service.turns.figures.waiting),
  )
  of(
    figures,
    'counter',
    'liverank_turns_total',
    'Number of slates that waited to be made, by the end of the wait. `granted`: the service made the slate for one subscription or request. `shared`: several devices of the user wanted the same slate, and the service made it once for all of them. `given`: nobody wanted the slate any more, so it was not made.',
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
  single(
    figures,
    'counter',
    'liverank_failed_assertions_total',
    'Number of failed checks of the service on itself (assertions). Each failure is a defect of the service: report it.',
    () => [...failedInvariants().values()].reduce((sum, count) => sum + count, 0),
  )
  of(
    figures,
    'counter',
    'liverank_failed_assertions_by_name_total',
    'Number of failed checks of the service on itself (assertions), by the name of the check.',
    ['name'],
    () => samples('name', Object.fromEntries(failedInvariants())),
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
