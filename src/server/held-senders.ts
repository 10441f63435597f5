import { LRUCache } from 'lru-cache'
import type { Principal } from '../auth/principal.ts'
import { nameOfSender } from './rate-limits.ts'

/** Longest time for which a sender is held at once, in ms: its connections must answer pings meanwhile. */
const LONGEST_HOLD_MS = 10_000
/** Most senders that are held at the same time. */
const MOST_HELD = 100_000

/** Senders of messages that were too large for the points that they have left, and until when they are held. */
export class HeldSenders {
  readonly #until = new LRUCache<string, number>({ max: MOST_HELD })
  readonly #now: () => number

  /** @param monotonic time in ms that never steps */
  constructor(monotonic: () => number) {
    this.#now = monotonic
  }

  /** Holds the sender of a message. @param waitMs time until the points for the message are there; 0: they were there */
  hold(principal: Principal, waitMs: number): void {
    const name = nameOfSender(principal)
    if (waitMs > 0 && name !== undefined) this.#until.set(name, this.#now() + Math.min(waitMs, LONGEST_HOLD_MS))
  }

  /** Returns how long the sender is still held, in ms; 0 if it is not held. */
  holdOf(principal: Principal): number {
    const name = nameOfSender(principal)
    const until = name === undefined ? undefined : this.#until.get(name)
    return until === undefined ? 0 : Math.max(0, until - this.#now())
  }
}
