import type { Registry } from 'prom-client'
import { UnavailableError } from '../errors.ts'
import { failedInvariants } from '../invariant.ts'
import { packageVersion } from '../package-root.ts'
import type { Ranker } from '../ranking/model-ranker.ts'
import type { ServerLoad } from '../server/server.ts'
import type { Service } from '../service/service.ts'
import { SECOND } from '../time-units.ts'
import { type Figures, of, type Sample, single } from './figures.ts'
import { memoryByOwner } from './memory-owners.ts'

/** The objects whose state each scrape reads. */
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
  single(
    figures,
    'gauge',
    'liverank_subscribers',
    'Number of open subscriptions: to slates, or to the values of features.',
    ({ service }) => service.activity.subscribers,
  )
  of(
    figures,
    'gauge',
    'liverank_open',
    'Number of open things. `connection`: network connections, also those of WebSockets and streams. `request`: HTTP requests that are not yet answered. `web_socket`: WebSockets. `event_stream`: streams of server-sent events.',
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
    'Number of failed attempts to fetch the public keys of the issuer of tokens (`JWKS_URL`).',
    ({ service }) => service.authenticator.issuerHealth.failures,
  )
  single(
    figures,
    'counter',
    'liverank_clock_steps_total',
    'How often the clock of the host jumped by more than five minutes.',
    ({ service }) => service.clockWatch.steps(),
  )
  single(
    figures,
    'gauge',
    'liverank_clock_disagreement_seconds',
    'Seconds by which the clock of the host is ahead of the time of the service (below 0: behind). 0 if both agree to within a day.',
    ({ service }) => service.clockWatch.disagreement / SECOND,
  )
}

function ofModels(figures: Figures<Watched>): void {
  const version = packageVersion()
  of(
    figures,
    'gauge',
    'liverank_build_info',
    'Always 1. The labels name the version of Liverank and the kind of store.',
    ['version', 'store'],
    ({ service }) => [{ labels: { version, store: service.store.name }, value: 1 }],
  )
  of(
    figures,
    'gauge',
    'liverank_model_info',
    '1 for each model that this process has loaded. `status` is `active` if the model ranks slates, and `shadow` if it only computes scores for comparison. `version` is the time of the training, if it is known.',
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
    '1 if this process could not load a model that should rank, and ranks with the models before. Otherwise 0.',
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
    'How often this process noticed that Redis had lost data, for example by a restart without files. Always 0 with the embedded store.',
    ({ service }) => service.storeHealth.losses,
  )
  single(
    figures,
    'gauge',
    'liverank_fold_lag_seconds',
    'Age of the oldest recorded event that is not yet in the totals over all users, to which the service on Redis adds events a little later. 0 if there is none, NaN while the store does not answer.',
    async ({ service }) => {
      const lag = await answerOf(service.store.foldLag())
      return lag === undefined ? Number.NaN : lag / SECOND
    },
  )
  single(
    figures,
    'gauge',
    'liverank_poisoned_entries',
    'Number of damaged log entries, which the service cannot use. 0 in a healthy store, NaN while the store does not answer.',
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
    'Number of things in the memory of the embedded store. `users`: users with stored state. `items`: items of the catalogue. `events`: users whose latest events are stored. `event_ids`: ids of events, to recognise duplicates. `sums`: items, and values such as a brand, with totals over all users. `slates`: slates that were sent.',
    ['of'],
    ({ service }) => samples('of', service.storeFigures().memory?.entries ?? {}),
  )
  of(
    figures,
    'gauge',
    'liverank_memory_bytes',
    'Memory of the data of the process, without code and requests. The sizes are estimates, except `vectors`. `vectors`: uploaded lists of numbers that describe items. `catalogue`: all other attributes of items. `models`: loaded models, at 7 times the size of their files. `decoded_users`: decoded state of the latest users, at most 20,000. `connections`: network connections, at 4 KiB each, and 6 KiB more for a WebSocket. `subscriptions`: open subscriptions, at 28 KiB each. With the embedded store, there are also the kinds of `liverank_store_entries`.',
    ['owner'],
    ({ service, load }) => samples('owner', memoryByOwner(service, load())),
  )
}

function ofJournal(figures: Figures<Watched>): void {
  const journal = ({ service }: Watched) => service.storeFigures().journal
  of(
    figures,
    'gauge',
    'liverank_journal_waiting_entries',
    'Number of log entries that the embedded store has not yet written to the journal (its log file).',
    [],
    (watched) => whole(journal(watched)?.waiting),
  )
  of(
    figures,
    'counter',
    'liverank_journal_failures_total',
    'How often the embedded store failed to write the journal to the disk.',
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
    'gauge',
    'liverank_redis_clock_disagreement_seconds',
    'Seconds by which the clock of Redis is ahead of the time of the service (below 0: behind). 0 if both agree to within a day.',
    [],
    ({ service: { storeHealth } }) => whole(storeHealth.clockAheadMs && storeHealth.clockAheadMs / SECOND),
  )
  of(
    figures,
    'counter',
    'liverank_redis_errors_total',
    'Number of errors on connections to Redis. `commands`: the connection for most reads and writes. `master`: a separate connection to one master, for example for writes that wait for a replica. `subscriber`: the connection for messages between processes.',
    ['client'],
    (watched) => samples('client', redis(watched)?.errors ?? {}),
  )
  of(
    figures,
    'counter',
    'liverank_redis_reconnects_total',
    'Number of attempts to connect to Redis again. `client` is as in `liverank_redis_errors_total`.',
    ['client'],
    (watched) => samples('client', redis(watched)?.reconnects ?? {}),
  )
  of(
    figures,
    'counter',
    'liverank_redis_failed_replies_total',
    'Number of commands to Redis that failed. `memory`: Redis is out of memory. `moving`: Redis is starting, or another server is becoming the master. `timeout`: Redis did not answer in time. `connection`: the connection broke. `refused`: any other error of Redis.',
    ['reason'],
    (watched) => samples('reason', redis(watched)?.failedReplies ?? {}),
  )
}

function ofWork(figures: Figures<Watched>): void {
  single(
    figures,
    'gauge',
    'liverank_recording_steps_running',
    'Number of users with events that the service is recording.',
    ({ service }) => service.ingest.load.steps,
  )
  single(
    figures,
    'gauge',
    'liverank_events_waiting',
    'Number of events that wait until the service has recorded earlier events of the same user.',
    ({ service }) => service.ingest.load.waiting,
  )
  single(
    figures,
    'gauge',
    'liverank_events_unanswered',
    'Number of events that the service has not answered yet. At 20,000, or [when it is too busy](status.md#overload), the service refuses further ones (outcome `unavailable`).',
    ({ service }) => service.ingest.unanswered,
  )
  single(
    figures,
    'gauge',
    'liverank_slates_running',
    'Number of slates and messages of the subscription `userFeatures` that the service is making.',
    ({ service }) => service.turns.figures.running,
  )
  of(
    figures,
    'gauge',
    'liverank_slates_waiting',
    'Number of slates and messages of the subscription `userFeatures` that wait. `urgency` is as in `liverank_slate_wait_duration_seconds`.',
    ['urgency'],
    ({ service }) => samples('urgency', service.turns.figures.waiting),
  )
  of(
    figures,
    'counter',
    'liverank_turns_total',
    'Number of slates and messages of the subscription `userFeatures` that were asked for. `granted`: the service made the slate. `shared`: several devices of a user waited for one slate, which counts as `granted` for the first, and as `shared` for each other. `given`: the client left before the turn of its slate, so the service did not make it.',
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
    'How often the service made a slate without the items of a source (code that proposes items). `cause` is `slow` if the source took too long, and `failed` if it threw an error.',
    ['source', 'cause'],
    ({ service }) =>
      [...service.sourceHealth.drops].flatMap(([source, drops]) =>
        Object.entries(drops).map(([cause, value]) => ({ labels: { source, cause }, value })),
      ),
  )
  of(
    figures,
    'counter',
    'liverank_choices_missed_total',
    'How often the first stage, which ranks without a model, did not learn from a choice. `cause` is `busy` if it was learning from two others, `slow` if that took too long, and `failed` if it threw an error. The event was recorded all the same.',
    ['cause'],
    ({ service }) => samples('cause', service.choices.missed),
  )
  single(
    figures,
    'counter',
    'liverank_failed_assertions_total',
    'How often a check of the service on itself (an assertion) failed. Each failure shows a defect: report it.',
    () => [...failedInvariants().values()].reduce((sum, count) => sum + count, 0),
  )
  of(
    figures,
    'counter',
    'liverank_failed_assertions_by_name_total',
    'How often an assertion failed, by its name.',
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
