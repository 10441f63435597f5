import type { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { reduceEvents } from '../../src/events/reduce-events.ts'
import { Increments } from '../../src/state/increments.ts'
import { type RowBlock, type SetView, SharedSums } from '../../src/state/shared-sums.ts'
import type { SharedKind } from '../../src/state/slots.ts'
import type { SetRead, StateStore } from '../../src/state/store.ts'
import type { Subject } from '../../src/state/subject.ts'
import type { UserValue } from '../../src/state/user-value.ts'
import type { Committed } from './observed-store.ts'
import { StoreView } from './store-view.ts'

const STAMP = new Uint8Array(8)

/**
 * The state at the start of the test period, plus the session at hand, whose events count as they come. Two sessions of one user
 * do not see each other.
 */
export class FrozenState extends StoreView {
  readonly #accumulators: AccumulatorSet
  readonly #domain: Domain
  readonly #sums: SharedSums
  /** Values at the beginning, of users who have acted since. */
  readonly #atStart = new Map<string, Uint8Array | undefined>()
  readonly #sessions = new Map<string, UserValue>()
  #session = ''

  constructor(store: StateStore, accumulators: AccumulatorSet, domain: Domain) {
    super(store)
    this.#accumulators = accumulators
    this.#domain = domain
    this.#sums = new SharedSums(accumulators.layout)
  }

  /** Sets the session whose view of the user the next reads get. */
  show(sessionKey: string): void {
    this.#session = sessionKey
  }

  /** The session will not be shown again. */
  end(sessionKey: string): void {
    this.#sessions.delete(sessionKey)
  }

  observe({ userId, before, increments, events }: Committed, sessionKey: string, isTest: boolean): void {
    if (!isTest) {
      this.#sums.apply(increments)
      return
    }
    if (!this.#atStart.has(userId)) this.#atStart.set(userId, before)
    let value = this.#sessions.get(sessionKey)
    if (!value) {
      value = this.#accumulators.codec.decode(this.#atStart.get(userId))
      this.#sessions.set(sessionKey, value)
    }
    reduceEvents(
      this.#accumulators,
      this.#domain,
      value,
      events,
      new Increments(this.#accumulators.layout),
      'restore',
      Number.POSITIVE_INFINITY,
    )
  }

  override async readValues(subjects: readonly Subject[]): Promise<(Uint8Array | undefined)[]> {
    const current = await super.readValues(subjects)
    return subjects.map(({ kind, id }, at) => {
      if (kind !== 'user') return current[at]
      const value = this.#sessions.get(this.#session)
      if (value) return this.#accumulators.codec.encode(value, STAMP)
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
}
