import { hash } from 'node:crypto'
import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import type { InvalidInputError, UnavailableError } from '../errors.ts'
import type { SilentReason } from '../state/expiry.ts'
import type { NotCounted } from '../state/log/not-counted.ts'
import type { RecordedEvent } from '../state/log-entry.ts'
import type { EventIdentity } from '../state/store.ts'
import type { Redirection } from '../state/user-links.ts'
import type { EventWarning } from './warnings.ts'

/** Calls that record events at the same time, from which on more of them may be refused. */
export const CROWD = 64
/** Time for which a crowd is let in: a burst, such as phones that come back together, is recorded and not refused. In ms. */
const PATIENCE_MS = 500
/** With less than this between two moments at which CROWD calls are in progress, it is the same crowd. In ms. */
const GAP_MS = 250
/** For this long after a refusal, CROWD is a strict limit. In ms. */
const STRICT_MS = 1000
/** Share of the time for which a process that has too much to do is busy. One that waits for its store is not. */
const BUSY = 0.9

/** The time and the work of this process. */
export interface ProcessLoad {
  /** ms of monotonic time. */
  now(): number
  /** @param since an earlier result @returns how busy the event loop was, since the start of the process or since then */
  utilization(since?: EventLoopUtilization): EventLoopUtilization
}

const OWN_LOAD: ProcessLoad = {
  now: () => performance.now(),
  utilization: (since) => performance.eventLoopUtilization(since),
}

/**
 * Decides which calls that record events begin. When the process has more to do than it can, every call that begins makes all others
 * later, and none of the time is left for slates. So further calls are refused while there are as many as CROWD, if that has gone
 * on for PATIENCE_MS and the process was busy all the time.
 */
export class RecordingAdmission {
  readonly #load: ProcessLoad
  #calls = 0
  /** When the present crowd came, and how busy the process had been until then. */
  #since = Number.NEGATIVE_INFINITY
  #before: EventLoopUtilization | undefined
  /** When a call last came to a crowd. */
  #crowdedAt = Number.NEGATIVE_INFINITY
  #refusedAt = Number.NEGATIVE_INFINITY

  constructor(load: ProcessLoad = OWN_LOAD) {
    this.#load = load
  }

  /** Counts a call if it may begin. Call `end` once it is answered. @returns whether it may begin */
  begin(): boolean {
    if (this.refuses()) return false
    this.#calls++
    return true
  }

  /**
   * Tells whether one more call is refused now.
   * @param onTheWay calls that will begin, unless they have begun already
   */
  refuses(onTheWay = 0): boolean {
    return Math.max(this.#calls, onTheWay) >= CROWD && this.#isTooMuch()
  }

  /** Whether CROWD is a strict limit now, since a call was refused a moment ago. */
  get isStrict(): boolean {
    return this.#load.now() - this.#refusedAt < STRICT_MS
  }

  /** Counts a call as answered. */
  end(): void {
    this.#calls--
  }

  #isTooMuch(): boolean {
    const now = this.#load.now()
    if (this.#before === undefined || now - this.#crowdedAt > GAP_MS) {
      this.#since = now
      this.#before = this.#load.utilization()
    }
    this.#crowdedAt = now
    const isTooMuch =
      this.isStrict || (now - this.#since >= PATIENCE_MS && this.#load.utilization(this.#before).utilization >= BUSY)
    if (isTooMuch) this.#refusedAt = now
    return isTooMuch
  }
}

/** What the service did with one event: whether it stored the event, and why not, or why the event does not count. */
export type EventOutcome =
  | {
      readonly status: 'RECORDED' | 'DUPLICATE'
      readonly event: RecordedEvent
      readonly userVersion: number
      /** Why the event does not count; undefined if it counts. Of a duplicate, what holds for the event that was recorded first. */
      readonly notCounted: NotCounted | undefined
      readonly warnings: readonly EventWarning[]
    }
  /** Valid, but not stored, because the user has opted out or has not consented. */
  | {
      readonly status: 'DISCARDED'
      readonly event: RecordedEvent
      readonly userVersion: number
      readonly notCounted: SilentReason
      readonly warnings: readonly EventWarning[]
    }
  | { readonly status: 'REJECTED'; readonly eventId: string | undefined; readonly error: InvalidInputError }
  | { readonly status: 'UNAVAILABLE'; readonly eventId: string | undefined; readonly error: UnavailableError }
  /** Not recorded, because of a defect, or because the user's stored state cannot be read. */
  | { readonly status: 'FAILED'; readonly eventId: string; readonly error: Error }

/**
 * The sender of an event. The service limits how many new names of items and surfaces a device can bring; servers and imports
 * have no limit.
 */
export type EventOrigin = 'device' | 'server'

/** A valid event that waits to be recorded. */
export interface Arrival {
  readonly event: RecordedEvent
  readonly origin: EventOrigin
  readonly identity: EventIdentity
  /** Nonce of an earlier recording of this event under an id that was later merged into this user. */
  readonly known?: number
  /** Redirection of the event to the owner of its id; undefined if the event is recorded under its own id. */
  readonly redirection: Redirection | undefined
  resolve(outcome: EventOutcome): void
}

/** Returns the first arrival of each event id. The others are its duplicates. */
export function firstOfEachId(batch: readonly Arrival[]): readonly Arrival[] {
  if (batch.length === 1) return batch
  const seen = new Set<string>()
  return batch.filter(({ identity: { hash } }) => {
    if (seen.has(hash)) return false
    seen.add(hash)
    return true
  })
}

/** Returns the stored hash of an event id: the first 12 bytes of a SHA-1, as latin1 text. */
export function identityHash({ userId, eventId }: RecordedEvent): string {
  return hash('sha1', `${userId}\0${eventId}`, 'binary').slice(0, 12)
}
