import { setTimeout as wait } from 'node:timers/promises'
import type { EventInput } from '../../src/events/validate-event.ts'
import { Chance } from '../deterministic/chance.ts'
import { type Answer, answersOf } from './answer.ts'
import type { OpenedService } from './service.ts'

/** Whoever takes events. Rejects when nobody knows what became of them. */
export interface Target {
  record(inputs: readonly EventInput[]): Promise<readonly Answer[]>
}

export function targetOf({ ingest }: OpenedService): Target {
  return { record: async (inputs) => answersOf(await ingest.record(inputs)) }
}

export interface EventLoadOptions {
  /** May change while the load runs; each batch goes to one of them, by chance. */
  readonly targets: readonly Target[]
  /** The event of a number, from 0. */
  readonly event: (n: number) => EventInput
  readonly chance?: Chance
  /** Batches that are on their way at once. */
  readonly lanes?: number
  /** How often each event is sent, in random order, whatever is answered. */
  readonly copies?: number
  /** How many events there are; as many as can be sent until `stop`, if absent. */
  readonly events?: number
}

/** Events that are made at once, to be mixed. */
const DECK = 40
/** How long a client waits before it sends again what was not acknowledged, in ms. */
const LONGEST_PAUSE_MS = 40

/** Sends events in batches until it is stopped; each is sent again, as clients do, until it is acknowledged. */
export class EventLoad {
  /** By number, when it was acknowledged first, by `performance.now()`. */
  readonly acknowledged = new Map<number, number>()
  /** By number, when the request was sent whose answer acknowledged it first, by `performance.now()`. */
  readonly asked = new Map<number, number>()
  /** Events that were answered RECORDED more than once. */
  readonly recordedTwice: number[] = []
  /** Where a version was lower than one that the client had been told before it asked. */
  readonly falls: string[] = []
  readonly event: (n: number) => EventInput
  readonly #options: EventLoadOptions
  readonly #chance: Chance
  readonly #recorded = new Set<number>()
  readonly #versions = new Map<string, number>()
  readonly #deck: number[] = []
  readonly #waiting = new Set<{ holds: () => boolean; resolve: () => void; reject: (error: unknown) => void }>()
  readonly #all: Promise<unknown>
  #sent = 0
  #refusals = 0
  #stopped = false
  #abandoned = false

  constructor(options: EventLoadOptions) {
    this.event = options.event
    this.#options = options
    this.#chance = options.chance ?? new Chance(1)
    this.#all = Promise.all(Array.from({ length: options.lanes ?? 20 }, () => this.#lane()))
    this.#all.then(
      () => this.#tell(new Error('the load is over')),
      (error) => this.#tell(error),
    )
  }

  /** How many events were sent so far. */
  get sent(): number {
    return this.#sent
  }

  /** How often an event had to be sent again. */
  get refusals(): number {
    return this.#refusals
  }

  /** Resolves when so many events more than now are acknowledged. */
  another(count: number): Promise<void> {
    const enough = this.acknowledged.size + count
    return this.#until(() => this.acknowledged.size >= enough)
  }

  /** Resolves when so many events more than now had to be sent again. */
  refused(count = 1): Promise<void> {
    const enough = this.#refusals + count
    return this.#until(() => this.#refusals >= enough)
  }

  /** Resolves with the number of events sent when each is acknowledged. */
  async stop(): Promise<number> {
    this.#stopped = true
    return this.over()
  }

  /** Stops at once, whatever is acknowledged. */
  abandon(): void {
    this.#stopped = true
    this.#abandoned = true
  }

  /** The same of a load that ends by itself. */
  async over(): Promise<number> {
    await this.#all
    return this.#sent
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ holds, resolve, reject })
    })
  }

  #tell(over?: unknown): void {
    for (const waiting of this.#waiting) {
      if (waiting.holds()) waiting.resolve()
      else if (over !== undefined) waiting.reject(over)
      else continue
      this.#waiting.delete(waiting)
    }
  }

  async #lane(): Promise<void> {
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch()) {
      while (batch.length > 0 && !this.#abandoned) {
        const asked = performance.now()
        const answers = await this.#ask(batch)
        const open = batch.filter((n, i) => !this.#take(n, asked, answers?.[i]))
        this.#refusals += open.length
        this.#tell()
        if (open.length > 0) await wait(this.#chance.between(2, LONGEST_PAUSE_MS))
        batch = open
      }
    }
  }

  /** Empty when there is nothing more to send. */
  #nextBatch(): number[] {
    const { events = Number.POSITIVE_INFINITY, copies = 1 } = this.#options
    if (this.#deck.length === 0 && !this.#stopped) {
      const made = Array.from({ length: Math.min(copies === 1 ? 4 : DECK, events - this.#sent) }, () => this.#sent++)
      for (let copy = 0; copy < copies; copy++) this.#deck.push(...made)
      for (let i = this.#deck.length - 1; copies > 1 && i > 0; i--) {
        const other = this.#chance.between(0, i + 1)
        ;[this.#deck[i], this.#deck[other]] = [this.#deck[other], this.#deck[i]]
      }
    }
    return this.#deck.splice(0, this.#chance.between(1, 6))
  }

  async #ask(batch: readonly number[]): Promise<readonly Answer[] | undefined> {
    const { targets } = this.#options
    if (targets.length === 0) return undefined
    const inputs = batch.map(this.event)
    const before = inputs.map(({ userId }) => this.#versions.get(userId) ?? 0)
    const answers = await this.#chance
      .pick(targets)
      .record(inputs)
      .catch(() => undefined)
    answers?.forEach(({ status, version }, i) => {
      if (status !== 'RECORDED' && status !== 'DUPLICATE') return
      const { userId, eventId } = inputs[i]
      if (version < before[i]) this.falls.push(`${eventId}: version ${version} of ${userId} after ${before[i]}`)
      this.#versions.set(userId, Math.max(version, this.#versions.get(userId) ?? 0))
    })
    return answers
  }

  /** @returns whether it is acknowledged */
  #take(n: number, asked: number, answer: Answer | undefined): boolean {
    if (!answer || answer.status === 'UNAVAILABLE') return false
    if (answer.status === 'REJECTED') throw new Error(`event ${n} is rejected`)
    if (!this.acknowledged.has(n)) {
      this.acknowledged.set(n, performance.now())
      this.asked.set(n, asked)
    }
    if (answer.status === 'RECORDED') {
      if (this.#recorded.has(n)) this.recordedTwice.push(n)
      this.#recorded.add(n)
    }
    return true
  }
}
