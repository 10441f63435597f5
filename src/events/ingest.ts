import { setImmediate } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { isDismissedFull } from '../accumulators/dismissed-items.ts'
import { meaningOf } from '../accumulators/event-meaning.ts'
import { InvalidInputError, OverloadedError, UnavailableError } from '../errors.ts'
import { sampledBytes } from '../heap-bytes.ts'
import { InvariantError } from '../invariant.ts'
import { whySilent } from '../state/expiry.ts'
import { NONCES } from '../state/log/not-counted.ts'
import type { RecordedEvent } from '../state/log-entry.ts'
import type { UserValue } from '../state/user-value.ts'
import {
  type Arrival,
  type EventOrigin,
  type EventOutcome,
  firstOfEachId,
  identityHash,
  type ProcessLoad,
  RecordingAdmission,
} from './arriving-event.ts'
import { CommonValues, type EnrichedEvent, type Enrichment, type LookedUp } from './enrichment.ts'
import type { People } from './people.ts'
import { type CurrentValue, type RecordParts, RecordStep, type StepResult } from './record-step.ts'
import type { UnknownNames } from './unknown-names.ts'
import { type EventInput, validateEvent } from './validate-event.ts'
import { DISMISSALS_FULL } from './warnings.ts'

export interface IngestParts extends Omit<RecordParts, 'commonValues'> {
  readonly enrichment: Enrichment
  readonly people: People
  /**
   * Called for each step before it is recorded, to add to the facts of an event where its item stood among the candidates. undefined: it
   * adds nothing. Absent: nothing is observed.
   */
  readonly observeChoice?: (
    events: readonly EnrichedEvent[],
    userId: string,
    user: UserValue | undefined,
  ) => Promise<EnrichedEvent[]> | undefined
  /** Called for each step with the number of events recorded for the first time. */
  readonly onRecorded?: (events: number) => void
  /** Called for each call of `record`, with the outcomes in the order of the inputs, and the time that they took, in ms. */
  readonly onOutcomes?: (
    inputs: readonly Pick<EventInput, 'eventType'>[],
    outcomes: readonly EventOutcome[],
    tookMs: number,
  ) => void
  /** Called for each failed step, unless the store was unavailable. The events of the step have the status FAILED. */
  readonly onFailed?: (error: Error) => void
  /** Number of decoded user values to keep; 20,000 if absent. */
  readonly held?: number
  /** How busy this process is; measured if absent. */
  readonly load?: ProcessLoad
}

/** The work of recording that is not complete. */
export interface IngestLoad {
  /** Steps under way, each of one user: their swaps are on their way to the store. */
  readonly steps: number
  /** Events that wait for the step of their user to end. */
  readonly waiting: number
}

const MAX_BATCH = 1000
/** Decoded user values that are measured to know the memory of all. */
const MEASURED_VALUES = 50
/** Users of one batch whose steps begin in one turn of the event loop: a few milliseconds, after which others are served. */
const USERS_A_TURN = 32
/** Events that wait for their step or are in one, of all users. With more, a store that is slower than they come would fill the memory. */
export const MAX_UNANSWERED = 20_000
/** When events that were refused may come again: a store that answers records more than MAX_UNANSWERED in this time. */
const RETRY_AFTER_MS = 2000

/**
 * Records events. Events of one user are recorded in order, one step at a time. Events that arrive during a step are recorded
 * together in the next step.
 */
export class Ingest {
  readonly #parts: IngestParts & RecordParts
  /** Users with a step under way. */
  readonly #queues = new Map<string, Arrival[]>()
  /** Values by user. While a step owns one, it is taken out. */
  readonly #values: LRUCache<string, CurrentValue>
  readonly #admission: RecordingAdmission
  /** Events that were taken and are not answered. */
  #unanswered = 0

  constructor(parts: IngestParts) {
    this.#parts = { ...parts, commonValues: new CommonValues(parts) }
    this.#values = new LRUCache({ max: parts.held ?? 20_000 })
    this.#admission = new RecordingAdmission(parts.load)
  }

  /** Clears the kept user values, because the store may have been replaced or hold an older state. */
  forget(): void {
    this.#parts.commonValues.forget()
    this.#values.clear()
  }

  /**
   * Records events. A failure of one user's events does not affect other users. While MAX_UNANSWERED events are not answered, or the
   * process has had too much to do for a while, all are refused as UNAVAILABLE with an OverloadedError.
   * @param origin who sent them; a server if absent
   * @returns outcomes in the order of the inputs
   */
  async record(inputs: readonly EventInput[], origin: EventOrigin = 'server'): Promise<EventOutcome[]> {
    const began = performance.now()
    const outcomes = await this.#acceptOrRefuse(inputs, origin)
    this.#parts.onOutcomes?.(inputs, outcomes, performance.now() - began)
    return outcomes
  }

  async #acceptOrRefuse(inputs: readonly EventInput[], origin: EventOrigin): Promise<EventOutcome[]> {
    if (this.#unanswered >= MAX_UNANSWERED || !this.#admission.begin()) return inputs.map(refused)
    try {
      return await this.#acceptAll(inputs, origin)
    } finally {
      this.#admission.end()
    }
  }

  /** Whether further events may be refused now, because the process refused some a moment ago. */
  get isRefusing(): boolean {
    return this.#admission.isStrict
  }

  /**
   * Refuses an event before anything else is done with it, if the process has too much to do.
   * @param onTheWay operations with events that will call `record`, unless they have already
   * @returns the error to answer with, or undefined if the event may come
   */
  refuseEarly(input: Pick<EventInput, 'eventType' | 'eventId'>, onTheWay: number): OverloadedError | undefined {
    if (!this.#admission.refuses(onTheWay)) return undefined
    const outcome = refused(input)
    this.#parts.onOutcomes?.([input], [outcome], 0)
    return outcome.error
  }

  /** Rejects events without looking at them. @returns outcomes in the order of the inputs */
  reject(inputs: readonly EventInput[], error: InvalidInputError): EventOutcome[] {
    const outcomes = inputs.map(({ eventId }): EventOutcome => ({ status: 'REJECTED', eventId: eventId ?? undefined, error }))
    this.#parts.onOutcomes?.(inputs, outcomes, 0)
    return outcomes
  }

  /** Users with a step under way, and events that wait for the next one. */
  get load(): IngestLoad {
    let waiting = 0
    for (const queue of this.#queues.values()) waiting += queue.length
    return { steps: this.#queues.size, waiting }
  }

  /** Names in the events of this process that the service does not know. */
  get unknownNames(): UnknownNames {
    return this.#parts.enrichment.unknownNames
  }

  /** Number of events that were taken and are not answered. */
  get unanswered(): number {
    return this.#unanswered
  }

  /** Estimated memory of the decoded user values that are kept, in bytes. It reads them, so do not call it for each request. */
  get heldBytes(): number {
    return sampledBytes(this.#values.values(), this.#values.size, MEASURED_VALUES)
  }

  #acceptAll(inputs: readonly EventInput[], origin: EventOrigin): Promise<EventOutcome[]> {
    const started = { users: 0, later: [] as string[] }
    const start = (userId: string) => {
      if (started.users++ < USERS_A_TURN) this.#startSoon(userId)
      else started.later.push(userId)
    }
    const outcomes = Promise.all(inputs.map((input) => this.#accept(input, origin, start)))
    void this.#startInTurns(started.later)
    return outcomes
  }

  #startSoon(userId: string): void {
    queueMicrotask(() => void this.#work(userId))
  }

  /** Starts the steps of these users, some in each turn of the event loop. Their queues take further events meanwhile. */
  async #startInTurns(userIds: readonly string[]): Promise<void> {
    for (let at = 0; at < userIds.length; at += USERS_A_TURN) {
      await setImmediate()
      for (const userId of userIds.slice(at, at + USERS_A_TURN)) void this.#work(userId)
    }
  }

  async #accept(input: EventInput, origin: EventOrigin, start: (userId: string) => void): Promise<EventOutcome> {
    const { clock, random } = this.#parts
    try {
      const event = validateEvent(input, clock, random.id)
      clock.arrive(event.timestamp)
      const identity = { hash: identityHash(event), nonce: random.integer(NONCES) }
      this.#unanswered++
      const outcome = await new Promise<EventOutcome>((resolve) =>
        this.#enqueue(event.userId, { event, origin, identity, redirection: undefined, resolve }, start),
      )
      this.#unanswered--
      return outcome
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      return { status: 'REJECTED', eventId: input.eventId ?? undefined, error }
    }
  }

  /**
   * @param userId for whom it counts
   * @param start called if no step of the user is under way or about to start
   */
  #enqueue(userId: string, arrival: Arrival, start: (userId: string) => void = (id) => this.#startSoon(id)): void {
    const queue = this.#queues.get(userId)
    if (queue) {
      queue.push(arrival)
      return
    }
    this.#queues.set(userId, [arrival])
    start(userId)
  }

  async #work(userId: string): Promise<void> {
    const queue = this.#queues.get(userId)!
    while (queue.length > 0) {
      await this.#tryStep(userId, queue.splice(0, MAX_BATCH))
    }
    this.#queues.delete(userId)
  }

  async #tryStep(userId: string, batch: readonly Arrival[]): Promise<void> {
    try {
      await this.#step(userId, batch)
    } catch (error) {
      this.#values.delete(userId)
      if (error instanceof InvariantError && batch.length > 1) {
        // One of them breaks it: by itself, so that the others are recorded.
        for (const arrival of batch) await this.#tryStep(userId, [arrival])
        return
      }
      this.#fail(batch, error instanceof Error ? error : new Error(String(error)))
    }
  }

  #fail(batch: readonly Arrival[], error: Error): void {
    const isUnavailable = error instanceof UnavailableError
    if (!isUnavailable) this.#parts.onFailed?.(error)
    for (const { event, resolve } of batch) {
      const { eventId } = event
      resolve(isUnavailable ? { status: 'UNAVAILABLE', eventId, error } : { status: 'FAILED', eventId, error })
    }
  }

  async #step(userId: string, batch: readonly Arrival[]): Promise<void> {
    const arrivals = firstOfEachId(batch)
    const found = await this.#lookUp(userId, arrivals)
    const looked = arrivals.map(({ event }, i) => ({ event, facts: found[i].facts }))
    const observed = this.#parts.observeChoice?.(looked, userId, this.#values.get(userId)?.value)
    const enriched = observed ? await observed : looked
    const warnings = new Map(arrivals.map(({ identity }, i) => [identity.hash, found[i].warnings]))
    const { commonValues } = this.#parts
    if (commonValues.isOld) await commonValues.refresh()
    const cached = this.#values.get(userId)
    this.#values.delete(userId)
    const slates = found.map(({ slate }) => slate)
    const result = await new RecordStep(this.#parts, userId, arrivals, enriched, slates).run(cached)
    if (result.current) this.#values.set(userId, result.current)
    this.#parts.onRecorded?.(result.recorded.size)
    const [astray, turnedAway] = [hashesOf(result.astray), hashesOf(result.turnedAway)]
    const aside: Arrival[] = []
    for (const arrival of batch) {
      const { identity, event } = arrival
      if (astray.has(identity.hash)) this.#sendBack(arrival)
      else if (turnedAway.has(identity.hash)) aside.push(arrival)
      else {
        const status = result.recorded.has(arrival) ? 'RECORDED' : 'DUPLICATE'
        const found = warnings.get(identity.hash) ?? []
        const isFull = this.#isFull(event, result)
        const answer = {
          notCounted: result.notCounted.get(identity.hash),
          warnings: isFull ? [...found, DISMISSALS_FULL] : found,
        }
        arrival.resolve({ status, event, userVersion: result.version, ...answer })
      }
    }
    if (result.closed) await this.#turnAway(userId, result.closed, aside)
  }

  /** Whether an event is a dismissal by a user who has dismissed as many items as are kept. */
  #isFull({ eventType }: RecordedEvent, { current }: StepResult): boolean {
    if (meaningOf(this.#parts.domain, eventType).role !== 'dismiss') return false
    return current !== undefined && isDismissedFull(current.value)
  }

  /** To the id under which it was sent: the owner to whom it was redirected has been erased since, with all that was theirs. */
  #sendBack(arrival: Arrival): void {
    this.#enqueue(arrival.event.userId, { ...arrival, redirection: undefined })
  }

  /** Answers events that cannot be recorded under their id: the service is silent about the user, or the events count for the owner of the id. */
  async #turnAway(userId: string, value: UserValue, arrivals: readonly Arrival[]): Promise<void> {
    const { people, store, domain, clock } = this.#parts
    const silent = value.countsElsewhere ? undefined : whySilent(value, domain, clock.now())
    if (silent !== undefined) {
      for (const { event, resolve } of arrivals)
        resolve({ status: 'DISCARDED', event, userVersion: value.version, notCounted: silent, warnings: [] })
      return
    }
    const { standing, redirection } = await people.redirectionOf(userId)
    if (whySilent(standing.value, domain, clock.now())) return this.#turnAway(standing.id, standing.value, arrivals)
    if (redirection === undefined) {
      if (standing.id === userId) for (const arrival of arrivals) this.#enqueue(userId, { ...arrival, redirection })
      else for (const arrival of arrivals) this.#sendBack(arrival)
      return
    }
    // What was recorded under the id before it left is known there, and nothing is added there any more.
    const hashes = arrivals.map(({ identity }) => identity.hash)
    const nonces = await store.readIdentities({ kind: 'user', id: userId }, hashes)
    arrivals.forEach((arrival, i) => {
      const known = nonces[i]
      // With the others of its batch, so that it is not told a version before theirs.
      this.#enqueue(standing.id, { ...arrival, redirection, ...(known !== undefined && { known }) })
    })
  }

  #lookUp(userId: string, arrivals: readonly Arrival[]): Promise<LookedUp[]> {
    const { enrichment, clock } = this.#parts
    return Promise.all(arrivals.map(({ event, origin }) => enrichment.look(event, userId, clock.now(), origin)))
  }
}

const NO_HASHES: ReadonlySet<string> = new Set()

function hashesOf(arrivals: readonly Arrival[]): ReadonlySet<string> {
  return arrivals.length === 0 ? NO_HASHES : new Set(arrivals.map(({ identity }) => identity.hash))
}

function refused({ eventId }: Pick<EventInput, 'eventId'>): EventOutcome & { readonly error: OverloadedError } {
  return { status: 'UNAVAILABLE', eventId: eventId ?? undefined, error: new OverloadedError(RETRY_AFTER_MS) }
}
