import type { Repeater } from '@repeaterjs/repeater'
import { LRUCache } from 'lru-cache'
import { meaningOf } from '../accumulators/event-meaning.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import type { People } from '../events/people.ts'
import type { Activity } from '../process-activity.ts'
import type { Randomness } from '../random.ts'
import type { ServedModels } from '../ranking/served-models.ts'
import type { StandingRules } from '../rules/standing-rules.ts'
import { differs, isOnScreen, readSlateOnScreen, type SlateOnScreen } from '../slate/earlier-slates.ts'
import type { PreparedSlate } from '../slate/prepared-slate.ts'
import type { RankingTurns } from '../slate/ranking-turns.ts'
import type { Recommender } from '../slate/recommender.ts'
import { beginsAnew, type Slate, type SlateRequest, type SlateTrigger } from '../slate/slate.ts'
import type { StateStore } from '../state/store.ts'
import { liveStream } from './live-stream.ts'
import type { Signals } from './signals.ts'
import { takeStreamTurn } from './stream-turn.ts'

/** Called when an item that a stream shows can no longer be recommended. @param streams number of streams that show the item */
type ItemGone = (streams: number) => void

/** The items that one stream shows. */
interface Screen {
  show(itemIds: readonly string[]): void
  close(): void
}

/** Index of the open streams that show an item. A change of one item then does not need a search of all streams. */
class StreamsByItem {
  readonly #showing = new Map<string, Set<ItemGone>>()

  /** Opens the screen of a new stream; it shows no items yet. */
  open(onGone: ItemGone): Screen {
    let shown: readonly string[] = []
    const show = (itemIds: readonly string[]) => {
      const kept = new Set(itemIds)
      for (const itemId of shown) if (!kept.has(itemId)) this.#remove(itemId, onGone)
      for (const itemId of itemIds) this.#add(itemId, onGone)
      shown = itemIds
    }
    return { show, close: () => show([]) }
  }

  /** Notifies the streams that show the item. */
  gone(itemId: string): void {
    const streams = this.#showing.get(itemId)
    if (streams) for (const onGone of streams) onGone(streams.size)
  }

  #add(itemId: string, onGone: ItemGone): void {
    const streams = this.#showing.get(itemId)
    if (streams) streams.add(onGone)
    else this.#showing.set(itemId, new Set([onGone]))
  }

  #remove(itemId: string, onGone: ItemGone): void {
    const streams = this.#showing.get(itemId)
    streams?.delete(onGone)
    if (streams?.size === 0) this.#showing.delete(itemId)
  }
}

/** Over how long open streams are made anew when another model ranks or standing rules change, in ms. */
const SPREAD_MS = 3000
/** By how much that time grows with each stream, where only those that show an item are made anew. */
const SPREAD_MS_PER_STREAM = 10

/** Refreshes of one stream that do not come from its user's events. */
interface SpreadRefreshes {
  /** Asks for a slate within three seconds. */
  soon(trigger: SlateTrigger): void
  /** Asks for a slate because an item on the screen is gone. @param streams number of streams that show the item */
  itemGone(streams: number): void
  end(): void
}

/**
 * Lets a stream ask for a new slate after a change that concerns many streams. Each stream asks at a random time of its own: all at
 * once would hold up everyone. Changes with the same trigger that come before that time are one.
 */
function spreadRefreshes(ask: (trigger: SlateTrigger) => void, random: Randomness): SpreadRefreshes {
  const timers = new Map<SlateTrigger, NodeJS.Timeout>()
  const within = (spread: number, trigger: SlateTrigger) => {
    if (timers.has(trigger)) return
    const asking = () => {
      timers.delete(trigger)
      ask(trigger)
    }
    timers.set(trigger, setTimeout(asking, random.integer(spread)))
  }
  return {
    soon: (trigger) => within(SPREAD_MS, trigger),
    itemGone: (streams) => within(Math.min(SPREAD_MS, streams * SPREAD_MS_PER_STREAM), 'CATALOGUE'),
    end: () => {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}

export interface LiveSlatesOptions {
  readonly minIntervalMs: number
  readonly refreshEveryMs: number | undefined
  readonly onlyChanged: boolean
  /** Event types that trigger a slate. If undefined, those that the domain marks with `triggers`. */
  readonly eventTypes: readonly string[] | undefined
  /** Id of a slate that the client shows: the first slate is not sent if it has the same items in the same order. */
  readonly unless?: string | undefined
}

/** A slate of a subscription. `changed`: whether its items or their order differ from those of the slate before. */
export type LiveSlate = Slate & { readonly changed: boolean }

export interface LiveSlatesParts {
  readonly store: Pick<StateStore, 'getSlate' | 'readLife'>
  readonly recommender: Recommender
  readonly turns: RankingTurns
  readonly people: People
  readonly signals: Signals
  readonly domain: Domain
  readonly clock: Clock
  readonly models: Pick<ServedModels, 'onChange'>
  readonly standingRules: StandingRules
  readonly catalogue: Pick<Catalogue, 'onGone' | 'recommendable'>
  readonly random: Randomness
  readonly activity: Activity
}

/** What brings a stream a slate beside its user's events. */
interface Changes {
  readonly screen: Screen
  readonly itemsGone: ItemGone
  readonly end: () => void
}

/** Streams of slates: each subscriber gets a new slate when the user's state changes. */
export class LiveSlates {
  readonly #store: LiveSlatesParts['store']
  readonly #recommender: Recommender
  readonly #turns: RankingTurns
  readonly #people: People
  readonly #signals: Signals
  readonly #domain: Domain
  readonly #clock: Clock
  readonly #models: Pick<ServedModels, 'onChange'>
  readonly #standingRules: StandingRules
  readonly #random: Randomness
  readonly #activity: Activity
  /** The latest ranking of each request, so that devices that ask the same share it. */
  readonly #rankings = new LRUCache<string, { version: number; slate: Promise<PreparedSlate> }>({
    max: 1000,
    ttl: 1000,
    // What was left is not dropped by itself, and holds the whole ranking.
    ttlAutopurge: true,
  })

  readonly #streamsByItem = new StreamsByItem()
  readonly #catalogue: LiveSlatesParts['catalogue']
  /** How many items have gone so far. */
  #gone = 0

  constructor(parts: LiveSlatesParts) {
    const { store, recommender, turns, people, signals, domain, clock, models, standingRules, catalogue, random, activity } =
      parts
    this.#store = store
    this.#activity = activity
    this.#people = people
    this.#recommender = recommender
    this.#turns = turns
    this.#signals = signals
    this.#domain = domain
    this.#clock = clock
    this.#models = models
    this.#standingRules = standingRules
    this.#random = random
    // What another model ranked, or other rules arranged, is not shared any more.
    models.onChange(() => this.#rankings.clear())
    standingRules.onChange(() => this.#rankings.clear())
    this.#catalogue = catalogue
    catalogue.onGone((itemId) => {
      this.#gone++
      // A shared ranking may show it.
      this.#rankings.clear()
      this.#streamsByItem.gone(itemId)
    })
  }

  subscribe(request: SlateRequest, options: LiveSlatesOptions): Repeater<LiveSlate> {
    const { minIntervalMs, refreshEveryMs, onlyChanged, unless } = options
    const types = options.eventTypes && new Set(options.eventTypes)
    // No more of it than is compared: there are many streams.
    let before: SlateOnScreen | undefined
    let changes: Changes | undefined
    let askedIn: string | undefined
    const key = JSON.stringify(request)
    const show = (shown: SlateOnScreen, goneBefore: number) => {
      before = shown
      changes?.screen.show(shown.itemIds)
      // Gone while it was ranked, before it stood on the screen.
      if (this.#gone > goneBefore && !shown.itemIds.every((itemId) => this.#catalogue.recommendable(itemId)))
        changes?.itemsGone(1)
    }
    return liveStream<LiveSlate>({
      signals: this.#signals,
      clock: this.#clock,
      userId: request.userId,
      ownerOf: async (userId) => {
        askedIn ??= await this.#store.readLife(userId)
        // A merge keeps the version: what was ranked while the id moved is of the id, and not of its owner.
        return this.#people.ownerOf(userId).finally(() => this.#rankings.delete(key))
      },
      minIntervalMs,
      refreshEveryMs,
      wakes: ({ eventTypes }) => this.#wakes(eventTypes, types),
      onCoalesced: () => this.#activity.coalesced(),
      onStretched: (ms) => this.#activity.stretched(ms),
      follows: (ask) => {
        changes = this.#followChanges(request.surface, ask)
        return changes.end
      },
      takeTurn: (trigger) => takeStreamTurn(this.#turns, request.userId, trigger, trigger === 'EVENT' ? key : undefined),
      make: async (trigger, version, recordedAt, isWanted) => {
        const goneBefore = this.#gone
        const onScreen = before || unless === undefined ? undefined : await readSlateOnScreen(this.#store, unless, request.userId)
        if (!isWanted()) return undefined
        const ranking = onScreen ? this.#recommender.prepare(request, trigger) : this.#ranked(request, key, trigger, version)
        const prepared = await ranking
        if (!isWanted()) {
          prepared.leave()
          return undefined
        }
        const { slate } = prepared
        if (onScreen && isOnScreen(slate, onScreen)) {
          this.#holdBack(prepared)
          show(onScreen, goneBefore)
          return undefined
        }
        const falls = before !== undefined && slate.version < before.version
        // An older read, unless the state itself may have begun anew.
        if (falls && !beginsAnew(trigger)) {
          prepared.leave()
          return undefined
        }
        const itemIds = slate.items.map(({ itemId }) => itemId)
        const changed = before === undefined || differs(before.itemIds, itemIds)
        // The reader must learn of a version that falls, since later slates are above it only.
        if (onlyChanged && !changed && !falls) {
          this.#holdBack(prepared)
          return undefined
        }
        const kept = await keepUnlessErased(prepared, askedIn)
        show({ version: slate.version, itemIds }, goneBefore)
        this.#activity.pushed()
        if (recordedAt !== undefined) this.#activity.answered(this.#clock.monotonic() - recordedAt)
        return { ...kept, changed }
      },
    })
  }

  /** @param types that the client asked for; absent: those that trigger slates in the domain */
  #wakes(eventTypes: readonly string[], types: ReadonlySet<string> | undefined): boolean {
    // An upload has no types.
    if (eventTypes.length === 0) return true
    return eventTypes.some((type) => (types ? types.has(type) : meaningOf(this.#domain, type).triggers))
  }

  /** Drops a slate whose reader has the same one. */
  #holdBack(prepared: PreparedSlate): void {
    prepared.leave()
    this.#activity.heldBack()
  }

  /** Asks for a slate after another model ranks, the standing rules of the surface have changed, or an item on the screen is gone. */
  #followChanges(surface: string | undefined, ask: (trigger: SlateTrigger) => void): Changes {
    const refreshes = spreadRefreshes(ask, this.#random)
    const endModels = this.#models.onChange(() => refreshes.soon('MODEL'))
    const endRules = this.#standingRules.onChange((changed) => {
      if (changed === undefined || changed === surface) refreshes.soon('RULES')
    })
    const screen = this.#streamsByItem.open(refreshes.itemGone)
    const closed = this.#activity.opened()
    const end = () => {
      closed()
      endModels()
      endRules()
      screen.close()
      refreshes.end()
    }
    return { screen, itemsGone: refreshes.itemGone, end }
  }

  /** Rankings for an event are shared by those that must reflect the same version. */
  #ranked(request: SlateRequest, key: string, trigger: SlateTrigger, version: number): Promise<PreparedSlate> {
    // What was ranked before is not of the state that begins anew, whatever its version.
    if (beginsAnew(trigger)) this.#rankings.delete(key)
    if (trigger !== 'EVENT') return this.#recommender.prepare(request, trigger)
    const held = this.#rankings.get(key)
    if (held && held.version >= version) return held.slate
    const slate = this.#recommender.prepare(request, trigger)
    this.#rankings.set(key, { version, slate })
    slate.catch(() => this.#rankings.delete(key))
    return slate
  }
}

/**
 * Keeps a slate of a stream, unless its user was erased since the stream was opened: whoever opened it has not asked again until
 * something is recorded.
 * @param askedIn life of the user's id when the stream was opened
 */
function keepUnlessErased(prepared: PreparedSlate, askedIn: string | undefined): Promise<Slate> | Slate {
  if (prepared.slate.version > 0 || prepared.life === askedIn) return prepared.keep()
  prepared.leave()
  return prepared.slate
}
