import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { findSession, sessionItems } from '../../src/accumulators/session.ts'
import { ServedNeighbourLists } from '../../src/candidates/offline.ts'
import { loadNeighbours } from '../../src/candidates/read-neighbours.ts'
import { SourceHealth } from '../../src/candidates/source-health.ts'
import { Catalogue, parseItem, type StoredItem } from '../../src/catalogue/catalogue.ts'
import type { ItemLives } from '../../src/catalogue/item-lives.ts'
import { vectorOf } from '../../src/catalogue/item-vectors.ts'
import type { NeighbourLists } from '../../src/catalogue/neighbour-lists.ts'
import type { Clock } from '../../src/clock.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { LiverankError } from '../../src/errors.ts'
import { BESIDE_STATE, Restore } from '../../src/events/restore.ts'
import { MAX_AHEAD } from '../../src/events/validate-event.ts'
import { systemRandomness } from '../../src/random.ts'
import { parseStanding, StandingRules } from '../../src/rules/standing-rules.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { Recommender, type RecommenderParts } from '../../src/slate/recommender.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import { readSnapshot } from '../../src/state/embedded/snapshot-file.ts'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import type { Increments } from '../../src/state/increments.ts'
import type { LogEntry } from '../../src/state/log-entry.ts'
import { NEIGHBOUR_RECORD } from '../../src/state/neighbour-record.ts'
import type { SetView } from '../../src/state/shared-sums.ts'
import type { SetSlot } from '../../src/state/slots.ts'
import type { SetRead } from '../../src/state/store.ts'
import { systemTimers } from '../../src/timers.ts'

/** Now is the time of the latest entry, or the moment of a decision while that is looked at. */
class ReplayClock implements Clock {
  #latest = 0
  #decision: number | undefined

  now(): number {
    return this.#decision ?? this.#latest
  }

  wall(): number {
    return this.now()
  }

  monotonic(): number {
    return this.now()
  }

  at(timestamp: number): number {
    return Math.max(this.now(), timestamp)
  }

  arrive(timestamp: number): void {
    if (timestamp > this.#latest) this.#latest = timestamp
  }

  ofClient(timestamp: number): number {
    return timestamp
  }

  async during<T>(moment: number, work: () => Promise<T>): Promise<T> {
    this.#decision = moment
    try {
      return await work()
    } finally {
      this.#decision = undefined
    }
  }
}

/** Returns a name for one scored set of one entity. */
export function setKey(entity: string, { name }: Pick<SetSlot, 'name'>): string {
  return `${name} ${entity}`
}

/** A store of which sets can be left out. */
class ReplayStore extends MemoryStore {
  leftOut: ReadonlySet<string> = new Set()

  override async readSets(reads: readonly SetRead[]): Promise<SetView[]> {
    const views = await super.readSets(reads)
    return views.map((view, i) =>
      this.leftOut.has(setKey(reads[i].entity, reads[i].set))
        ? { epoch: 0, latest: 0, members: [], scores: new Float64Array(0) }
        : view,
    )
  }
}

/**
 * The state that the service had, rebuilt entry by entry from its own log. Users come from the logged facts and sums from the
 * logged increments. Items, lists and rules come from the logged uploads. The code of the service answers all reads.
 */
export class RecordedState {
  readonly recommender: Recommender
  readonly accumulators: AccumulatorSet
  readonly #parts: RecommenderParts
  readonly #store: ReplayStore
  readonly #clock: ReplayClock
  readonly #catalogue: Catalogue
  readonly #rules: StandingRules
  readonly #neighbourLists = new ServedNeighbourLists()
  readonly #restore: Restore

  private constructor(domain: Domain, accumulators: AccumulatorSet, store: ReplayStore, clock: ReplayClock) {
    const random = systemRandomness()
    this.accumulators = accumulators
    this.#clock = clock
    this.#catalogue = new Catalogue(domain.attributes, domain.embedding)
    this.#rules = new StandingRules()
    // Whoever is asked about must stand in the store.
    this.#restore = new Restore({ store, domain, accumulators, random, clock, held: 1 })
    this.#store = store
    this.#parts = {
      store,
      domain,
      accumulators,
      catalogue: this.#catalogue,
      standingRules: this.#rules,
      neighbourLists: this.#neighbourLists,
      clock,
      random,
      partitions: 1,
      // A replay takes its time, and lacks no source.
      timers: { ...systemTimers, after: () => () => {} },
      sourceHealth: new SourceHealth(systemTimers.monotonic, (source, _, error) => {
        throw new LiverankError('UNUSABLE_DATA', `The source ${source} failed in the replay.`, { cause: error })
      }),
      ranker: () => undefined,
      onFallback: () => {},
    }
    this.recommender = new Recommender({ ...this.#parts, firstStage: () => true })
  }

  /** @param snapshot of which it begins; with nothing, if absent */
  static async begin(domain: Domain, snapshot: string | undefined): Promise<RecordedState> {
    const accumulators = new AccumulatorSet(domain.accumulators)
    const { layout } = accumulators
    const lateness = domain.lateness + MAX_AHEAD
    const clock = new ReplayClock()
    const began = snapshot === undefined ? undefined : await readSnapshot(snapshot, layout, lateness)
    if (began) clock.arrive(began.now)
    const contents = began && { contents: began.contents }
    const store = new ReplayStore({ layout, lateness, wall: () => clock.wall(), ...contents })
    const state = new RecordedState(domain, accumulators, store, clock)
    const refuse = (error: Error) => {
      throw error
    }
    await state.#catalogue.load(store, refuse)
    await state.#rules.load(store, refuse)
    await state.#loadNeighbours()
    return state
  }

  /** @throws LiverankError DAMAGED_LOG naming the place */
  async apply(entry: LogEntry, where: string): Promise<void> {
    // No state that features are read from.
    if (entry.kind !== 'layout' && BESIDE_STATE.has(entry.kind)) return
    await this.#restore.applyEntry(entry, where)
    if (entry.kind === 'item') this.#catalogue.set(entry.id, parseItem(entry.upload))
    if (entry.kind === 'rules') this.#rules.set(parseStanding(entry.upload))
    if (entry.kind !== 'neighbours') return
    // Of the logs of several partitions, that of the last part may come behind that of the record which serves it.
    if (entry.id === NEIGHBOUR_RECORD.id || this.neighbourLists === undefined) await this.#loadNeighbours()
  }

  /** Lists of which a part is missing in the log are left out. */
  #loadNeighbours(): Promise<void> {
    const lists = this.#neighbourLists
    return loadNeighbours(lists, this.#store, () => lists.set(undefined))
  }

  /** The neighbour lists that the log says were served last, also if they have expired; undefined if there are none. */
  get neighbourLists(): NeighbourLists | undefined {
    return this.#neighbourLists.latest
  }

  /**
   * Returns the recommender of a process that knew these versions of the items, and served these neighbour lists.
   * @param lives names of the items that were not in their first life; those of this state if absent
   * @param compared ids of other items, whose embeddings of this state the candidates are compared with
   */
  knowing(
    items: ReadonlyMap<string, StoredItem>,
    neighbourLists: NeighbourLists | undefined,
    lives: ReadonlyMap<string, string> = this.lives.names,
    compared: readonly string[] = [],
  ): Recommender {
    const { attributes, embedding = '' } = this.#parts.domain
    const catalogue = new Catalogue(attributes, embedding)
    for (const itemId of compared) {
      const item = this.itemOf(itemId)
      if (item?.available) catalogue.vectors.set(itemId, vectorOf(item.attributes[embedding]))
    }
    // It also read sums of items that are no candidates.
    catalogue.lives.learn(lives)
    for (const [itemId, item] of items) catalogue.set(itemId, item)
    return new Recommender({ ...this.#parts, catalogue, neighbourLists: { at: () => neighbourLists } })
  }

  /** Returns the items that the session of a request acted on, latest first. */
  async sessionItems({ sessionId }: SlateRequest, userId: string): Promise<string[]> {
    const now = this.#clock.now()
    const { user } = await readKnownUser(this.#parts, userId, now)
    return sessionItems(user, findSession(user, sessionId, now, this.#parts.domain.expiry.session))
  }

  /** The present lives of all items. */
  get lives(): ItemLives {
    return this.#catalogue.lives
  }

  /** The item as it was uploaded last. */
  itemOf(itemId: string): StoredItem | undefined {
    return this.#catalogue.get(itemId)
  }

  /** The user's value as it stands; undefined where nothing is known. */
  async valueOf(userId: string): Promise<Buffer | undefined> {
    this.#restore.finish()
    const [value] = await this.#store.readValues([{ kind: 'user', id: userId }])
    return value && Buffer.from(value)
  }

  /** Puts a user's value in place, or, undefined, takes it away. */
  setValue(userId: string, value: Buffer | undefined): void {
    const subject = { kind: 'user', id: userId } as const
    if (value) this.#store.restoreValue(subject, value)
    else this.#store.restoreErasure(subject)
  }

  add(increments: Increments): void {
    this.#store.sums.apply(increments)
  }

  /** Looks at the state as if these sets, by `setKey`, were empty. */
  async leavingOut<T>(sets: ReadonlySet<string>, work: () => Promise<T>): Promise<T> {
    this.#store.leftOut = sets
    try {
      return await work()
    } finally {
      this.#store.leftOut = new Set()
    }
  }

  /** Looks at the state as it stands, with this moment as now. */
  at<T>(moment: number, work: () => Promise<T>): Promise<T> {
    this.#restore.finish()
    return this.#clock.during(moment, work)
  }
}
