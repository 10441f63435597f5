import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { keptFor } from '../accumulators/expiry.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { InvalidInputError, UnavailableError } from '../errors.ts'
import { InvariantError } from '../invariant.ts'
import type { Randomness } from '../random.ts'
import { Increments } from '../state/increments.ts'
import { encodeKeptEvent } from '../state/kept-events.ts'
import type { RecordedEvent } from '../state/log/entry.ts'
import { type EventIdentity, NONCES, type StateStore, type Subject, type Swap } from '../state/store.ts'
import { stampOf, type UserValue } from '../state/user-value.ts'
import { checkVersion, nextVersion } from '../state/version.ts'
import type { Timers } from '../timers.ts'
import { refuseErasing } from './being-erased.ts'
import type { Enrichment } from './enrichment.ts'
import { type EventInput, validateEvent } from './event-input.ts'
import { type EnrichedEvent, reduceEvents } from './reduce-events.ts'
import { encodeSignal } from './signal.ts'
import { swapUntilCommitted } from './swap-until-committed.ts'
import type { UserMerges } from './user-merges.ts'

/** What became of one event. */
export type EventOutcome =
  | { readonly status: 'RECORDED' | 'DUPLICATE'; readonly event: RecordedEvent; readonly userVersion: number }
  | { readonly status: 'REJECTED'; readonly eventId: string | undefined; readonly error: InvalidInputError }
  | { readonly status: 'UNAVAILABLE'; readonly eventId: string; readonly error: UnavailableError }
  /** Nothing of it was recorded, because of a defect, or since the user's stored state cannot be read. */
  | { readonly status: 'FAILED'; readonly eventId: string; readonly error: Error }

/** A valid event that waits for its turn. */
interface Arrival {
  readonly event: RecordedEvent
  readonly identity: EventIdentity
  /** Nonce under which it stands already, recorded under an id before that became this user's. */
  readonly known?: number
  /** How it came from the id that it was sent under to the user whose it is; undefined under its own id. */
  readonly redirection?: Redirection
  resolve(outcome: EventOutcome): void
}

/** An owner as they stood while an id was theirs. */
interface Redirection {
  readonly stamp: string
  readonly mergedFrom: readonly string[]
}

export interface IngestParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly enrichment: Enrichment
  readonly merges: UserMerges
  readonly clock: Clock
  readonly random: Randomness
  /** Those of the system if absent. */
  readonly timers?: Timers
  /** Told how many events of a step were recorded for the first time. */
  readonly onRecorded?: (events: number) => void
  /** Told of each step that failed with anything but an unavailable store; its events have the status FAILED. */
  readonly onFailed?: (error: Error) => void
  /** How many users' values are kept decoded; 20,000 if absent. */
  readonly held?: number
}

const MAX_BATCH = 1000

/**
 * The record step: events of one user are reduced in order, and the user's new value, the log entry, the identities and the
 * increments are committed at once. What arrives for a user while others of theirs are being committed goes in one step.
 */
export class Ingest {
  readonly #parts: IngestParts
  /** Users with a step under way. */
  readonly #queues = new Map<string, Arrival[]>()
  /** Decoded values by user, with the stamp of the bytes that they equal. While a step owns one, it is taken out. */
  readonly #values: LRUCache<string, { stamp: string; value: UserValue }>

  constructor(parts: IngestParts) {
    this.#parts = parts
    this.#values = new LRUCache({ max: parts.held ?? 20_000 })
  }

  /** Forgets the values of users: the store may hold an older state, or another store. */
  forget(): void {
    this.#values.clear()
  }

  /** Outcomes in the order of the inputs. Whatever goes wrong with one user's events is their outcome, and leaves the others alone. */
  record(inputs: readonly EventInput[]): Promise<EventOutcome[]> {
    return Promise.all(inputs.map((input) => this.#accept(input)))
  }

  async #accept(input: EventInput): Promise<EventOutcome> {
    const { clock, random } = this.#parts
    try {
      const event = validateEvent(input, clock.at(input.timestamp ?? 0), random.id)
      clock.arrive(event.timestamp)
      const identity = { hash: identityHash(event), nonce: random.integer(NONCES) }
      return await new Promise((resolve) => this.#enqueue(event.userId, { event, identity, resolve }))
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      return { status: 'REJECTED', eventId: input.eventId ?? undefined, error }
    }
  }

  /** @param userId for whom it counts */
  #enqueue(userId: string, arrival: Arrival): void {
    const queue = this.#queues.get(userId)
    if (queue) {
      queue.push(arrival)
      return
    }
    this.#queues.set(userId, [arrival])
    queueMicrotask(() => void this.#work(userId))
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
      const failure = error instanceof Error ? error : new Error(String(error))
      if (!(failure instanceof UnavailableError)) this.#parts.onFailed?.(failure)
      for (const { event, resolve } of batch) {
        const { eventId } = event
        if (failure instanceof UnavailableError) resolve({ status: 'UNAVAILABLE', eventId, error: failure })
        else resolve({ status: 'FAILED', eventId, error: failure })
      }
    }
  }

  async #step(userId: string, batch: readonly Arrival[]): Promise<void> {
    const { store, random, accumulators, clock, timers, onRecorded } = this.#parts
    const arrivals = firstOfEachId(batch)
    const enriched = await this.#enrich(userId, arrivals)
    const subject: Subject = { kind: 'user', id: userId }
    let reusable = this.#values.get(userId)
    this.#values.delete(userId)
    const waiting = new Set<number>()
    const mine = new Set<number>()
    const astray = new Set<number>()
    arrivals.forEach(({ known, identity }, i) => {
      if (known === undefined) waiting.add(i)
      else if (known === identity.nonce) mine.add(i)
    })
    let version = waiting.size === 0 ? (await this.#valueOf(userId)).version : 0
    let closed: UserValue | undefined
    while (waiting.size > 0) {
      const order = [...waiting]
      let made: { stamp: string; value: UserValue } | undefined
      const attempt = (current: Uint8Array | undefined): Swap | undefined => {
        const expected = reusable ? reusable.stamp : stampOf(current)
        const value = reusable ? reusable.value : accumulators.codec.decodeOf(userId, current)
        reusable = undefined
        if (value.mergedInto !== '' || value.optedOut) {
          closed = value
          return undefined
        }
        const lost = order.filter((i) => !isOfSameLife(value, expected, arrivals[i]))
        if (lost.length > 0) {
          for (const i of lost) astray.add(i)
          return undefined
        }
        refuseErasing(userId, value, clock.now())
        const step = this.#reduce(
          subject,
          value,
          expected,
          order.map((i) => enriched[i]),
          order.map((i) => arrivals[i].identity),
        )
        made = { stamp: stampOf(step.value), value }
        version = value.version
        return step
      }
      const outcome = await swapUntilCommitted(
        store,
        subject,
        reusable ? { value: undefined } : undefined,
        attempt,
        random.integer,
        timers,
      )
      if (closed) break
      if (outcome === undefined) {
        for (const i of astray) waiting.delete(i)
        if (waiting.size === 0) version = (await this.#valueOf(userId)).version
        continue
      }
      if (outcome.status === 'known') {
        outcome.nonces.forEach((nonce, at) => {
          if (nonce === undefined) return
          waiting.delete(order[at])
          if (nonce === arrivals[order[at]].identity.nonce) mine.add(order[at])
        })
        if (waiting.size === 0) version = (await this.#valueOf(userId)).version
        continue
      }
      for (const i of order) mine.add(i)
      waiting.clear()
      if (made) this.#values.set(userId, made)
    }
    if (closed) version = closed.version
    const recorded = new Set([...mine].map((i) => arrivals[i]))
    onRecorded?.(recorded.size)
    const turnedAway = new Set([...waiting].map((i) => arrivals[i].identity.hash))
    const sentBack = new Set([...astray].map((i) => arrivals[i].identity.hash))
    const aside: Arrival[] = []
    for (const arrival of batch) {
      const { identity, event } = arrival
      if (sentBack.has(identity.hash)) this.#sendBack(arrival)
      else if (turnedAway.has(identity.hash)) aside.push(arrival)
      else arrival.resolve({ status: recorded.has(arrival) ? 'RECORDED' : 'DUPLICATE', event, userVersion: version })
    }
    if (closed) await this.#turnAway(userId, closed, aside)
  }

  /** To the id under which it was sent: the user to whom it was redirected has been erased since, and with them all that was theirs. */
  #sendBack(arrival: Arrival): void {
    this.#enqueue(arrival.event.userId, { ...arrival, redirection: undefined })
  }

  /** Nothing can be recorded under this id: its owner has opted out, or it is another user's, for whom the events count then. */
  async #turnAway(userId: string, { optedOut, mergedInto }: UserValue, arrivals: readonly Arrival[]): Promise<void> {
    const { store, merges } = this.#parts
    if (mergedInto === '' && optedOut) {
      const error = new InvalidInputError(`${userId} has opted out: nothing is recorded about them.`, 'userId')
      for (const { event, resolve } of arrivals) resolve({ status: 'REJECTED', eventId: event.eventId, error })
      return
    }
    const chain = await merges.settledChainOf(userId)
    const owner = chain.pop()!
    const [{ value: standing, stamp }] = await merges.readAll([owner])
    if (standing.optedOut) return this.#turnAway(owner, standing, arrivals)
    // The owner was read while this id was theirs only if it still is.
    const [nearest] = await merges.readAll(chain.slice(-1))
    if (nearest !== undefined && nearest.value.mergedInto !== owner) {
      for (const arrival of arrivals) this.#sendBack(arrival)
      return
    }
    const redirection = chain.length > 0 ? { stamp, mergedFrom: standing.mergedFrom } : undefined
    // What was recorded under an id of the chain, before it became another's, is known there, and nothing is added there any more.
    const hashes = arrivals.map(({ identity }) => identity.hash)
    const nonces = await Promise.all(chain.map((id) => store.readIdentities({ kind: 'user', id }, hashes)))
    arrivals.forEach((arrival, i) => {
      const known = nonces.map((ofId) => ofId[i]).find((nonce) => nonce !== undefined)
      // With the others of its batch, so that it is not told a version before theirs.
      this.#enqueue(owner, { ...arrival, redirection, ...(known !== undefined && { known }) })
    })
  }

  #enrich(userId: string, arrivals: readonly Arrival[]): Promise<EnrichedEvent[]> {
    const { enrichment, clock } = this.#parts
    return Promise.all(arrivals.map(async ({ event }) => ({ event, facts: await enrichment.facts(event, userId, clock.now()) })))
  }

  #reduce(
    subject: Subject,
    value: UserValue,
    expected: string,
    events: readonly EnrichedEvent[],
    identities: readonly EventIdentity[],
  ): Swap {
    const { accumulators, domain, clock, random } = this.#parts
    const increments = new Increments(accumulators.layout)
    const before = value.version
    const recordedAt = clock.now()
    const { events: logged, counted } = reduceEvents(accumulators, domain, value, events, increments, 'record', recordedAt)
    increments.assertSound()
    if (counted > 0) value.version = nextVersion(value.version, clock.wall())
    const { version } = value
    checkVersion(subject.id, before, version)
    return {
      subject,
      expected,
      value: accumulators.codec.encode(value, random.stamp()),
      expiresIn: keptFor(value, domain.expiry),
      identities,
      now: recordedAt,
      entry: () => ({ kind: 'events', userId: subject.id, version, recordedAt, events: logged, increments: increments.toLog() }),
      increments,
      keptEvents: { events: events.map(({ event }) => encodeKeptEvent(event)), expiresIn: domain.expiry.user },
      signal:
        counted > 0
          ? encodeSignal({ userId: subject.id, version, recordedAt: clock.wall(), eventTypes: countedTypes(logged) })
          : undefined,
    }
  }

  async #valueOf(userId: string): Promise<UserValue> {
    const { store, accumulators } = this.#parts
    const [bytes] = await store.readValues([{ kind: 'user', id: userId }])
    return accumulators.codec.decodeOf(userId, bytes)
  }
}

function countedTypes(events: readonly EnrichedEvent[]): string[] {
  return [...new Set(events.flatMap(({ event, facts }) => (facts.ignored ? [] : [event.eventType])))]
}

/**
 * Whether a value is that of the user for whom the event was redirected, and not of their next life after an erasure: an owner keeps at
 * least the id that they took last. Without any, as a failover may have it, only the very same state is.
 */
function isOfSameLife({ mergedFrom }: UserValue, stamp: string, { redirection }: Arrival): boolean {
  return redirection === undefined || redirection.stamp === stamp || mergedFrom.some((id) => redirection.mergedFrom.includes(id))
}

/** Of arrivals with one event id, the first: the others are its duplicates. */
function firstOfEachId(batch: readonly Arrival[]): Arrival[] {
  const seen = new Set<string>()
  return batch.filter(({ identity: { hash } }) => {
    if (seen.has(hash)) return false
    seen.add(hash)
    return true
  })
}

/** 12 bytes as a latin1 text: what is kept of an event's id. */
export function identityHash({ userId, eventId }: RecordedEvent): string {
  return hash('sha1', `${userId}\0${eventId}`, 'binary').slice(0, 12)
}
