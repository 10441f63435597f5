import type { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { type RowBlock, type SetView, SharedSums } from '../../src/state/shared-sums.ts'
import type { SharedKind } from '../../src/state/slots.ts'
import type { SetRead, StateStore } from '../../src/state/store.ts'
import type { Subject } from '../../src/state/subject.ts'
import type { Committed } from './observed-store.ts'
import { StoreView } from './store-view.ts'

interface Waiting {
  readonly time: number
  readonly committed: Committed
}

/** First in, first out; what has left the front is freed now and then. */
class Queue {
  #items: Waiting[] = []
  #front = 0

  push(waiting: Waiting): void {
    this.#items.push(waiting)
  }

  /** Takes what was put in at or before this time, in ms. */
  *until(time: number): Generator<Committed> {
    while (this.#front < this.#items.length && this.#items[this.#front].time <= time) yield this.#items[this.#front++].committed
    if (this.#front < 1024 || this.#front * 2 < this.#items.length) return
    this.#items = this.#items.slice(this.#front)
    this.#front = 0
  }
}

/** Delays of the parts of the state, in ms of the log. */
export interface Delay {
  readonly own: number
  readonly shared: number
}

const STAMP = new Uint8Array(8)

/**
 * A view of the state in which one part comes late: the users' own values, or the sums that users share. The other part is read
 * from the store itself. Shared sums are those of `shared` ms ago. A user's own value is the one of `own` ms before the session
 * goes on, because its arrival would refresh the slate. A gap longer than the delay therefore makes no difference. Events are late;
 * what is uploaded about a user, such as attributes, is not.
 */
export class DelayedState extends StoreView {
  readonly #delay: Delay
  readonly #accumulators: AccumulatorSet
  readonly #now: () => number
  readonly #ownQueue = new Queue()
  readonly #sharedQueue = new Queue()
  readonly #values = new Map<string, Buffer>()
  /** Of values that are on their way, those of each user, the oldest first. */
  readonly #coming = new Map<string, Waiting[]>()
  #goesOnAt = 0
  readonly #sums: SharedSums

  /** @param now ms of the clock that features see */
  constructor(store: StateStore, accumulators: AccumulatorSet, delay: Delay, now: () => number) {
    super(store)
    this.#accumulators = accumulators
    this.#delay = delay
    this.#now = now
    this.#sums = new SharedSums(accumulators.layout)
  }

  observe(committed: Committed): void {
    const { own, shared } = this.#delay
    const waiting = { time: this.#now(), committed }
    if (own > 0) {
      this.#ownQueue.push(waiting)
      const coming = this.#coming.get(committed.userId)
      if (coming) coming.push(waiting)
      else this.#coming.set(committed.userId, [waiting])
    }
    if (shared > 0) this.#sharedQueue.push(waiting)
    this.#advance()
  }

  /** Sets the time until which the next reads are on the screen, in ms. */
  show(goesOnAt: number): void {
    this.#goesOnAt = goesOnAt
  }

  override async readValues(subjects: readonly Subject[]): Promise<(Uint8Array | undefined)[]> {
    if (this.#delay.own === 0) return super.readValues(subjects)
    this.#advance()
    const current = await super.readValues(subjects)
    return subjects.map(({ kind, id }, at) => (kind === 'user' ? this.#valueOf(id, current[at]) : current[at]))
  }

  override async readRows(kind: SharedKind, entities: readonly string[]): Promise<RowBlock> {
    if (this.#delay.shared === 0) return super.readRows(kind, entities)
    this.#advance()
    return this.#sums.rows(entities, this.#accumulators.layout.width(kind))
  }

  override async readSets(reads: readonly SetRead[]): Promise<SetView[]> {
    if (this.#delay.shared === 0) return super.readSets(reads)
    this.#advance()
    return reads.map(({ entity, set, limit }) => this.#sums.set(entity, this.#accumulators.layout.indexOf(set), limit))
  }

  /** @param current the value with all events; undefined if the user is unknown */
  #valueOf(userId: string, current: Uint8Array | undefined): Uint8Array | undefined {
    const come = this.#coming.get(userId)?.findLast(({ time }) => time <= this.#goesOnAt - this.#delay.own)
    const late = come ? come.committed.value : this.#values.get(userId)
    if (current === undefined) return late
    const { codec } = this.#accumulators
    const { attributes, attributesAt, optedOut, consent } = codec.decode(current)
    if (late === undefined && attributesAt === 0) return undefined
    return codec.encode(Object.assign(codec.decode(late), { attributes, attributesAt, optedOut, consent }), STAMP)
  }

  #advance(): void {
    const { own, shared } = this.#delay
    for (const { userId, value } of this.#ownQueue.until(this.#now() - own)) {
      this.#values.set(userId, value)
      const coming = this.#coming.get(userId)!
      coming.shift()
      if (coming.length === 0) this.#coming.delete(userId)
    }
    for (const { increments } of this.#sharedQueue.until(this.#now() - shared)) this.#sums.apply(increments)
  }
}
