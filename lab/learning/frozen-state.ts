import type { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { reduceEvents } from '../../src/events/enrichment.ts'
import { Increments } from '../../src/state/increments.ts'
import { type RowBlock, type SetView, SharedSums } from '../../src/state/shared-sums.ts'
import type { SharedKind } from '../../src/state/slots.ts'
import type { SetRead, StateStore } from '../../src/state/store.ts'
import type { Subject } from '../../src/state/subject.ts'
import type { UserValue } from '../../src/state/user-value.ts'
import { DAY } from '../../src/time-units.ts'
import type { Committed } from './observed-store.ts'
import { StoreView } from './store-view.ts'

const STAMP = new Uint8Array(8)

/** A session, moved to the start of the test period. */
interface MovedSession {
  /** Time by which the session is moved back: whole days, in ms. */
  readonly back: number
  /** Its user; absent until the session has acted. */
  readonly user?: UserValue
}

/**
 * The state at the start of a later part of a log, plus the session at hand, whose events count as they come. Two sessions of one user
 * do not see each other. Each session is moved back by whole days, to the first day of that part. Otherwise all that the state
 * knows would fade until the session comes, and the setting would measure how a service is left alone.
 */
export class FrozenState extends StoreView {
  readonly #accumulators: AccumulatorSet
  readonly #domain: Domain
  readonly #sums: SharedSums
  /** Values at the beginning, of users who have acted since. */
  readonly #atStart = new Map<string, Uint8Array | undefined>()
  /** Time of the first event of the later part, in ms; undefined until it comes. */
  #startsAt: number | undefined
  /** Those that have acted. */
  readonly #sessions = new Map<string, Required<MovedSession>>()
  #session: MovedSession = { back: 0 }

  constructor(store: StateStore, accumulators: AccumulatorSet, domain: Domain) {
    super(store)
    this.#accumulators = accumulators
    this.#domain = domain
    this.#sums = new SharedSums(accumulators.layout)
  }

  /** Sets the session whose view of the user the next reads get. @param at time of the log, in ms */
  show(sessionKey: string, at: number): void {
    this.#session = this.#sessions.get(sessionKey) ?? { back: this.#backFrom(at) }
  }

  /** Returns the time at which the session that is shown asks, in ms. @param now time of the log, in ms */
  timeOf(now: number): number {
    return now - this.#session.back
  }

  /** The session will not be shown again. */
  end(sessionKey: string): void {
    this.#sessions.delete(sessionKey)
  }

  observe({ userId, before, increments, events }: Committed, sessionKey: string, isLater: boolean): void {
    if (!isLater) {
      this.#sums.apply(increments)
      return
    }
    this.#startsAt ??= events[0].event.timestamp
    if (!this.#atStart.has(userId)) this.#atStart.set(userId, before)
    let session = this.#sessions.get(sessionKey)
    if (!session) {
      const user = this.#accumulators.codec.decode(this.#atStart.get(userId))
      session = { back: this.#backFrom(events[0].event.timestamp), user }
      this.#sessions.set(sessionKey, session)
    }
    const { back, user } = session
    reduceEvents(
      this.#accumulators,
      this.#domain,
      user,
      events.map(({ event, facts }) => ({ event: { ...event, timestamp: event.timestamp - back }, facts })),
      new Increments(this.#accumulators.layout),
      'restore',
      Number.POSITIVE_INFINITY,
    )
  }

  override async readValues(subjects: readonly Subject[]): Promise<(Uint8Array | undefined)[]> {
    const current = await super.readValues(subjects)
    return subjects.map(({ kind, id }, at) => {
      if (kind !== 'user') return current[at]
      const { user } = this.#session
      if (user) return this.#accumulators.codec.encode(user, STAMP)
      return this.#atStart.has(id) ? this.#atStart.get(id) : current[at]
    })
  }

  override async readRows(kind: SharedKind, entities: readonly string[]): Promise<RowBlock> {
    return this.#sums.rows(entities, this.#accumulators.layout.width(kind))
  }

  override async readSets(reads: readonly SetRead[]): Promise<SetView[]> {
    const { layout } = this.#accumulators
    return reads.map(({ entity, set, limit }) => this.#sums.set(entity, layout.indexOf(set), limit))
  }

  /** Returns by how much a session at this time moves back. */
  #backFrom(at: number): number {
    return Math.floor((at - (this.#startsAt ?? at)) / DAY) * DAY
  }
}
