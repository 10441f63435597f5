import { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { LiverankError, UnavailableError } from '../errors.ts'
import { LatencyHistogram, type Percentiles } from '../latency-histogram.ts'
import type { Activity, ActivityFigures } from '../process-activity.ts'
import type { Randomness } from '../random.ts'
import type { SharedActivities } from '../state/opened-store.ts'
import type { StateStore } from '../state/store.ts'

/** How often a process lets the others know what it does, and for how long they believe it, in ms. */
const SHARE_MS = 5000
const BELIEVED_MS = 15_000

const buckets = z.array(z.tuple([z.number(), z.number()]))
const shared = z.object({
  at: z.number(),
  /** Absent in what earlier versions say. */
  domain: z.string().exactOptional(),
  seconds: z.number(),
  events: z.number(),
  slates: z.number(),
  subscribers: z.number(),
  recommendationMs: buckets,
  eventToSlateMs: buckets,
})

/** Figures of all processes of a store, over the last minute. */
export interface ServiceFigures {
  readonly eventsPerSecond: number
  readonly slatesPerSecond: number
  readonly subscribers: number
  /** Age of the oldest event that the shared sums lack, in ms; undefined if the store does not answer. */
  readonly foldLag: number | undefined
  /** Number of poisoned log entries; undefined if the store does not answer. */
  readonly poisonedEntries: number | undefined
  /** Time per slate, in ms; undefined if there was none. */
  readonly recommendationMs: Percentiles | undefined
  readonly eventToSlateMs: Percentiles | undefined
}

export interface ServiceStatusParts {
  readonly store: Pick<StateStore, 'foldLag' | 'poisonedEntries'>
  readonly activities: SharedActivities
  readonly activity: Activity
  readonly clock: Clock
  readonly random: Randomness
  readonly domain: Pick<Domain, 'name'>
}

/** Publishes the figures of this process to the other processes of the store, and adds up the figures of all. */
export class ServiceStatus {
  readonly #parts: ServiceStatusParts
  readonly #processId: string
  #timer: NodeJS.Timeout | undefined
  #sharing: Promise<void> = Promise.resolve()

  constructor(parts: ServiceStatusParts) {
    this.#parts = parts
    this.#processId = parts.random.stamp().toString('hex')
  }

  /**
   * Publishes the figures from now on.
   * @throws LiverankError LAYOUT_MISMATCH if a running process of the store uses a domain of another name
   */
  async start(): Promise<void> {
    // First, so that of two processes that start at once one sees the other.
    await this.#share()
    await this.#expectOneDomain()
    this.#timer = setInterval(() => {
      this.#sharing = this.#share()
    }, SHARE_MS)
    this.#timer.unref()
  }

  /** Stops publishing. Resolves when no write is under way, and the other processes know that this one has stopped. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#sharing
    await answerOf(this.#parts.activities.forget([this.#processId]), undefined)
  }

  /** Reads the figures of all processes; those of this process alone if the store does not answer. */
  async read(): Promise<ServiceFigures> {
    const { store, activity } = this.#parts
    const own = activity.figures()
    const [foldLag, poisonedEntries, others] = await Promise.all([
      answerOf(store.foldLag(), undefined),
      answerOf(store.poisonedEntries(), undefined),
      answerOf(this.#others(), []),
      this.#share(),
    ])
    const all = [own, ...others]
    const sum = (of: (figures: ActivityFigures) => number) => all.reduce((total, figures) => total + of(figures), 0)
    return {
      eventsPerSecond: sum(({ events, seconds }) => rate(events, seconds)),
      slatesPerSecond: sum(({ slates, seconds }) => rate(slates, seconds)),
      subscribers: sum(({ subscribers }) => subscribers),
      foldLag,
      poisonedEntries,
      recommendationMs: percentiles(all.map(({ recommendationMs }) => recommendationMs)),
      eventToSlateMs: percentiles(all.map(({ eventToSlateMs }) => eventToSlateMs)),
    }
  }

  async #share(): Promise<void> {
    const { activities, activity, clock, domain } = this.#parts
    const text = JSON.stringify({ at: clock.wall(), domain: domain.name, ...activity.figures() })
    await answerOf(activities.say(this.#processId, text), undefined)
  }

  async #expectOneDomain(): Promise<void> {
    const { name } = this.#parts.domain
    const others = await answerOf(this.#others(), [])
    const other = others.find(({ domain = name }) => domain !== name)?.domain
    if (other === undefined) return
    await this.stop()
    throw new LiverankError(
      'LAYOUT_MISMATCH',
      `A running process of this store uses the domain ${other}, and this process the domain ${name}. Set another REDIS_PREFIX to keep their data apart. If ${name} is to replace ${other}, stop the other processes first, or give it the same name by its key "name".`,
    )
  }

  /** What others said not long ago; those that have been silent for long are forgotten. */
  async #others(): Promise<z.infer<typeof shared>[]> {
    const { activities, clock } = this.#parts
    const said = [...(await activities.read())].flatMap(([processId, text]) => {
      if (processId === this.#processId) return []
      const parsed = shared.safeParse(JSON.parse(text))
      return [{ processId, figures: parsed.data }]
    })
    const isSilent = (at: number) => clock.wall() - at > BELIEVED_MS
    const silent = said.flatMap(({ processId, figures }) => (figures && !isSilent(figures.at) ? [] : processId))
    await activities.forget(silent)
    return said.flatMap(({ figures }) => (figures && !isSilent(figures.at) ? figures : []))
  }
}

async function answerOf<T, F>(answer: Promise<T>, otherwise: F): Promise<T | F> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof UnavailableError) return otherwise
    throw error
  }
}

/** Over a second at least: the first event of a new process is no flood. */
function rate(count: number, seconds: number): number {
  return count / Math.max(1, seconds)
}

function percentiles(of: readonly ActivityFigures['recommendationMs'][]): Percentiles | undefined {
  const histogram = new LatencyHistogram()
  for (const buckets of of) histogram.addAll(buckets)
  return histogram.percentiles()
}
