import type { Repeater } from '@repeaterjs/repeater'
import { LRUCache } from 'lru-cache'
import type { Activity } from '../activity.ts'
import type { Clock } from '../clock.ts'
import { type Domain, meaningOf } from '../domain/domain.ts'
import type { UserMerges } from '../events/user-merges.ts'
import type { Randomness } from '../random.ts'
import type { ServedModels } from '../ranking/served-models.ts'
import type { StandingRules } from '../rules/standing-rules.ts'
import type { Recommender } from '../slate/recommender.ts'
import type { Slate, SlateRequest, SlateTrigger } from '../slate/slate.ts'
import { liveStream } from './live-stream.ts'
import type { Signals } from './signals.ts'

/** Over how long open streams are made anew when another model ranks or standing rules change, in ms. */
const SPREAD_MS = 3000

export interface LiveSlatesOptions {
  readonly minIntervalMs: number
  readonly refreshEveryMs: number | undefined
  readonly onlyChanged: boolean
  /** Event types that bring a slate; those that the configuration says if undefined. */
  readonly eventTypes: readonly string[] | undefined
}

/** A slate on a subscription: whether its items or their order differ from the slate before it. */
export type LiveSlate = Slate & { readonly changed: boolean }

export interface LiveSlatesParts {
  readonly recommender: Recommender
  readonly merges: UserMerges
  readonly signals: Signals
  readonly domain: Domain
  readonly clock: Clock
  readonly models: Pick<ServedModels, 'onChange'>
  readonly standingRules: StandingRules
  readonly random: Randomness
  readonly activity: Activity
}

/** Slates of users who are followed, made anew as their state changes. */
export class LiveSlates {
  readonly #recommender: Recommender
  readonly #merges: UserMerges
  readonly #signals: Signals
  readonly #domain: Domain
  readonly #clock: Clock
  readonly #models: Pick<ServedModels, 'onChange'>
  readonly #standingRules: StandingRules
  readonly #random: Randomness
  readonly #activity: Activity
  /** The latest ranking of each request, so that devices that ask the same share it. */
  readonly #rankings = new LRUCache<string, { version: number; slate: Promise<Slate> }>({ max: 1000, ttl: 1000 })

  constructor({ recommender, merges, signals, domain, clock, models, standingRules, random, activity }: LiveSlatesParts) {
    this.#activity = activity
    this.#merges = merges
    this.#recommender = recommender
    this.#signals = signals
    this.#domain = domain
    this.#clock = clock
    this.#models = models
    this.#standingRules = standingRules
    this.#random = random
    // What another model ranked, or other rules arranged, is not shared any more.
    models.onChange(() => this.#rankings.clear())
    standingRules.onChange(() => this.#rankings.clear())
  }

  subscribe(request: SlateRequest, options: LiveSlatesOptions): Repeater<LiveSlate> {
    const { minIntervalMs, refreshEveryMs, onlyChanged } = options
    const types = options.eventTypes && new Set(options.eventTypes)
    // No more of it than is compared: there are many streams.
    let before: { version: number; itemIds: readonly string[] } | undefined
    return liveStream<LiveSlate>({
      signals: this.#signals,
      clock: this.#clock,
      userId: request.userId,
      ownerOf: (userId) => this.#merges.ownerOf(userId),
      minIntervalMs,
      refreshEveryMs,
      wakes: ({ eventTypes }) =>
        eventTypes.length === 0 || eventTypes.some((type) => (types ? types.has(type) : meaningOf(this.#domain, type).triggers)),
      follows: (ask) => this.#followChanges(request.surface, ask),
      make: async (trigger, version, recordedAt) => {
        const slate = await this.#ranked(request, trigger, version)
        if (before && slate.version < before.version) return undefined
        const itemIds = slate.items.map(({ itemId }) => itemId)
        const changed = before === undefined || differs(before.itemIds, itemIds)
        if (onlyChanged && !changed) return undefined
        before = { version: slate.version, itemIds }
        if (recordedAt !== undefined) this.#activity.answered(this.#clock.wall() - recordedAt)
        return { ...slate, changed }
      },
    })
  }

  /**
   * Asks for a slate some time after what ranks, or the rules that stand for the surface, have changed, at a time of its own: all
   * streams at once would hold up everyone.
   */
  #followChanges(surface: string | undefined, ask: (trigger: SlateTrigger) => void): () => void {
    const timers = new Map<SlateTrigger, NodeJS.Timeout>()
    const askSoon = (trigger: SlateTrigger) => {
      if (timers.has(trigger)) return
      const asking = () => {
        timers.delete(trigger)
        ask(trigger)
      }
      timers.set(trigger, setTimeout(asking, this.#random.integer(SPREAD_MS)))
    }
    const endModels = this.#models.onChange(() => askSoon('MODEL'))
    const endRules = this.#standingRules.onChange((changed) => {
      if (changed === undefined || changed === surface) askSoon('RULES')
    })
    const closed = this.#activity.opened()
    return () => {
      closed()
      endModels()
      endRules()
      for (const timer of timers.values()) clearTimeout(timer)
    }
  }

  /** Rankings for an event are shared by those that must reflect the same version. */
  #ranked(request: SlateRequest, trigger: SlateTrigger, version: number): Promise<Slate> {
    if (trigger !== 'EVENT') return this.#recommender.recommend(request, trigger)
    const key = JSON.stringify(request)
    const held = this.#rankings.get(key)
    if (held && held.version >= version) return held.slate
    const slate = this.#recommender.recommend(request, trigger)
    this.#rankings.set(key, { version, slate })
    slate.catch(() => this.#rankings.delete(key))
    return slate
  }
}

function differs(a: readonly string[], b: readonly string[]): boolean {
  return a.length !== b.length || a.some((itemId, at) => itemId !== b[at])
}
