import { type EventLoopUtilization, performance } from 'node:perf_hooks'

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
