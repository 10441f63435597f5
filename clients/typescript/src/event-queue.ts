import { backOffMs } from './back-off.ts'
import type { Clock } from './clock.ts'
import { bytesOf, CHUNK_BYTES, CHUNK_EVENTS, firstChunk } from './event-chunk.ts'
import { type EventOutcome, type RecordedEvent, type RecordedEvents, refusedOutcome } from './event-outcome.ts'
import type { QueuedEvent, QueueStorage } from './queue-storage.ts'
import { RequestFailure } from './request-failure.ts'

/** Codes of requests that fail again unchanged, because of one of their events. */
const POISONED = new Set(['BAD_REQUEST', 'BAD_USER_INPUT', 'PAYLOAD_TOO_LARGE', 'QUERY_TOO_COMPLEX'])

export interface EventQueueOptions {
  readonly storage: QueueStorage
  /**
   * Sends events of one user.
   *
   * @throws RequestFailure if the request as a whole failed
   */
  readonly send: (userId: string, events: readonly QueuedEvent['event'][]) => Promise<RecordedEvents>
  readonly clock: Clock
  /** Returns numbers from 0 to below 1. */
  readonly random: () => number
  /** Most events that wait at a time. When another one comes, the oldest is dropped. */
  readonly maxEvents: number
  readonly onOutcome: (outcome: EventOutcome) => void
  /** Called with failures after which the queue goes on by itself. */
  readonly onProblem: (problem: Error) => void
}

/** An event in the queue. */
interface Waiting extends QueuedEvent {
  /** Resolves when the storage has the event, or has refused it. */
  readonly kept: Promise<void>
  /** Attempts that ended with the status FAILED. */
  failures: number
  /** Not sent before this time. */
  heldUntil: number
}

/** Events of one user are sent in their order. Another user has another token, and need not wait for them. */
interface Lane {
  /** Requests in a row that failed. */
  failures: number
  pausedUntil: number
  /** Most events of the next request. It shrinks until a poisoned event stands alone. */
  limit: number
}

/**
 * Keeps events until the service has answered them, and sends them in their order. Each event keeps its id, so that the service counts
 * it once, however often it is sent.
 */
export class EventQueue {
  readonly #options: EventQueueOptions
  readonly #loaded: Promise<void>
  readonly #lanes = new Map<string, Lane>()
  #waiting: Waiting[] = []
  #added = 0
  #flushing: Promise<void> | undefined
  #cancelWake = () => {}
  #closed = false

  constructor(options: EventQueueOptions) {
    this.#options = options
    this.#loaded = this.#load()
  }

  /** Number of events that wait for an answer. */
  get size(): number {
    return this.#waiting.length
  }

  /** Keeps an event, and sends it as soon as possible: also before the storage has it. Resolves when the storage has it. */
  async add(event: QueuedEvent['event']): Promise<void> {
    if (bytesOf(event) > CHUNK_BYTES) {
      const message = `The event has more than ${CHUNK_BYTES} bytes, so no request can contain it. Send fewer eventAttributes.`
      this.#options.onOutcome(refusedOutcome(event, 'DROPPED', message))
      return
    }
    const time = String(this.#options.clock.now()).padStart(15, '0')
    const queued = { key: `${time}-${String(this.#added++).padStart(9, '0')}-${event.eventId}`, event }
    await this.#loaded
    const kept = this.#stored(() => this.#options.storage.add(queued))
    this.#waiting.push({ ...queued, kept, failures: 0, heldUntil: 0 })
    this.#dropOldest()
    void this.flush()
    await kept
  }

  /** Sends all events that need not wait. Resolves when none is left to be sent now. */
  flush(): Promise<void> {
    this.#flushing ??= this.#sendDue().finally(() => {
      this.#flushing = undefined
      this.#wakeLater()
    })
    return this.#flushing
  }

  /** Sends again at once what waits because of a failure, for example when the device is online again. */
  async retryNow(): Promise<void> {
    // A request that is under way may still fail, and make its events wait.
    await this.#flushing
    for (const lane of this.#lanes.values()) lane.pausedUntil = 0
    await this.flush()
  }

  /** Sends nothing more. Events that have no answer stay in the storage. */
  close(): void {
    this.#closed = true
    this.#cancelWake()
  }

  async #load(): Promise<void> {
    await this.#stored(async () => {
      const kept = await this.#options.storage.load()
      const inOrder = [...kept].sort((one, other) => (one.key < other.key ? -1 : 1))
      this.#waiting = inOrder.map((queued) => ({ ...queued, kept: Promise.resolve(), failures: 0, heldUntil: 0 }))
    })
    if (this.size > 0) void this.flush()
  }

  /** A storage that is full or forbidden must not keep events from being sent: they go on in memory. */
  async #stored(change: () => Promise<void>): Promise<void> {
    try {
      await change()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#options.onProblem(new Error(`The storage of events failed, so events are kept in memory alone: ${why}`))
    }
  }

  #dropOldest(): void {
    const message = `More than ${this.#options.maxEvents} events wait, so the oldest was dropped.`
    const dropped = this.#waiting.slice(0, Math.max(0, this.size - this.#options.maxEvents))
    void this.#settle(dropped.map((waiting) => [waiting, refusedOutcome(waiting.event, 'DROPPED', message)]))
  }

  async #sendDue(): Promise<void> {
    await this.#loaded
    while (!this.#closed) {
      const chunk = this.#nextChunk()
      if (chunk.length === 0) return
      await this.#sendChunk(chunk)
    }
  }

  /** Events with which the service failed come after all others, so that they hold up none. */
  #nextChunk(): Waiting[] {
    const now = this.#options.clock.now()
    const due = this.#waiting.filter(({ event, heldUntil }) => heldUntil <= now && this.#laneOf(event.userId).pausedUntil <= now)
    const first = due.find(({ failures }) => failures === 0) ?? due[0]
    if (!first) return []
    const { userId } = first.event
    const ofUser = due.filter(({ event, failures }) => event.userId === userId && failures > 0 === first.failures > 0)
    return firstChunk(ofUser, this.#laneOf(userId).limit) as Waiting[]
  }

  #laneOf(userId: string): Lane {
    let lane = this.#lanes.get(userId)
    if (!lane) {
      lane = { failures: 0, pausedUntil: 0, limit: CHUNK_EVENTS }
      this.#lanes.set(userId, lane)
    }
    return lane
  }

  async #sendChunk(chunk: Waiting[]): Promise<void> {
    const [{ event }] = chunk as [Waiting]
    const lane = this.#laneOf(event.userId)
    try {
      const { results, retryAfterMs } = await this.#options.send(
        event.userId,
        chunk.map((waiting) => waiting.event),
      )
      await this.#takeResults(chunk, results, lane, retryAfterMs ?? undefined)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const failure = error instanceof RequestFailure ? error : new RequestFailure('UNREACHABLE', why)
      await this.#takeFailure(chunk, failure, lane)
    }
  }

  async #takeResults(chunk: Waiting[], results: readonly RecordedEvent[], lane: Lane, retryAfterMs?: number): Promise<void> {
    lane.limit = Math.min(CHUNK_EVENTS, lane.limit * 2)
    const settled: [Waiting, EventOutcome][] = []
    let isBusy = false
    for (const [at, waiting] of chunk.entries()) {
      const result = results[at]
      if (result === undefined || result.status === 'UNAVAILABLE') isBusy = true
      else if (result.status === 'FAILED')
        this.#hold(waiting, result.failure?.message ?? 'The service could not record an event.')
      else if (!this.#withoutTimestamp(waiting, result)) settled.push([waiting, outcomeOf(waiting, result)])
    }
    await this.#settle(settled)
    if (isBusy) this.#pause(lane, retryAfterMs)
    else lane.failures = 0
  }

  /** Events of a device whose clock is wrong count at the time of their arrival, rather than not at all. */
  #withoutTimestamp(waiting: Waiting, { status, error }: RecordedEvent): boolean {
    if (status !== 'REJECTED' || error?.field?.endsWith('timestamp') !== true || waiting.event.timestamp == null) return false
    const { timestamp: _, ...event } = waiting.event
    this.#waiting = this.#waiting.map((one) => (one === waiting ? { ...waiting, event } : one))
    return true
  }

  async #takeFailure(chunk: Waiting[], failure: RequestFailure, lane: Lane): Promise<void> {
    const [waiting] = chunk as [Waiting]
    const isPoisoned = POISONED.has(failure.code)
    if (chunk.length === 1 && isPoisoned)
      return this.#settle([[waiting, refusedOutcome(waiting.event, 'REJECTED', failure.message)]])
    if (isPoisoned || failure.code === 'INTERNAL_SERVER_ERROR') lane.limit = Math.ceil(chunk.length / 2)
    if (isPoisoned) return
    this.#options.onProblem(failure)
    if (chunk.length === 1 && failure.code === 'INTERNAL_SERVER_ERROR') this.#hold(waiting, failure.message)
    // Other events need not wait for each new attempt with one that failed before.
    if (waiting.failures <= 1) this.#pause(lane, failure.retryAfterMs)
  }

  /** Others go before an event with which the service fails. */
  #hold(waiting: Waiting, message: string): void {
    waiting.failures++
    waiting.heldUntil = this.#options.clock.now() + backOffMs(waiting.failures, this.#options.random)
    this.#options.onProblem(new RequestFailure('INTERNAL_SERVER_ERROR', `Event ${waiting.event.eventId}: ${message}`))
  }

  #pause(lane: Lane, retryAfterMs: number | undefined): void {
    const { clock, random } = this.#options
    lane.failures++
    lane.pausedUntil = clock.now() + Math.max(retryAfterMs ?? 0, backOffMs(lane.failures, random))
  }

  /** Takes events out of the queue, and reports what became of them. */
  async #settle(settled: readonly [Waiting, EventOutcome][]): Promise<void> {
    // One that was dropped while its request was under way is out already.
    const waiting = new Set(this.#waiting)
    const leaving = settled.filter(([one]) => waiting.has(one))
    if (leaving.length === 0) return
    const keys = new Set(leaving.map(([{ key }]) => key))
    this.#waiting = this.#waiting.filter(({ key }) => !keys.has(key))
    // A storage may do two things at once. What it takes after it was told to forget would stay.
    await Promise.all(leaving.map(([one]) => one.kept))
    await this.#stored(() => this.#options.storage.remove([...keys]))
    for (const [, outcome] of leaving) this.#options.onOutcome(outcome)
  }

  #wakeLater(): void {
    this.#cancelWake()
    if (this.#closed || this.size === 0) return
    const now = this.#options.clock.now()
    const due = this.#waiting.map(({ event, heldUntil }) => Math.max(heldUntil, this.#laneOf(event.userId).pausedUntil))
    this.#cancelWake = this.#options.clock.after(Math.max(0, Math.min(...due) - now), () => void this.flush())
  }
}

function outcomeOf({ event }: QueuedEvent, result: RecordedEvent): EventOutcome {
  const { counted, notCounted, userVersion, warnings, error } = result
  const status = result.status as EventOutcome['status']
  return { event, status, counted, notCounted, userVersion, warnings, message: error?.message ?? null }
}
