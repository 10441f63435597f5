import type { Clock } from '../../src/clock.ts'
import { DAY } from '../../src/time-units.ts'

/** Where clocks of tests begin: a Monday, 10:00 UTC. */
export const START = Date.UTC(2025, 2, 3, 10)

/** Now is what the test says. `wall` goes with it, and `monotonic` does unless the clock steps. */
export class SettableClock implements Clock {
  readonly followsEvents: boolean
  #now: number
  #stepped = 0

  /** @param followsEvents an arriving event that is later than now moves the clock, as in a replay */
  constructor(now = START, followsEvents = false) {
    this.#now = now
    this.followsEvents = followsEvents
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now - this.#stepped
  }

  at(timestamp: number): number {
    return this.followsEvents ? Math.max(this.#now, timestamp) : this.#now
  }

  arrive(timestamp: number): void {
    if (this.followsEvents && timestamp > this.#now) this.#now = timestamp
  }

  ofClient(timestamp: number): number {
    return timestamp
  }

  set(now: number): void {
    this.#now = now
  }

  advance(ms: number): void {
    this.#now += ms
  }

  /** The wall clock is set by so many ms, in either direction, while no time passes. */
  step(ms: number): void {
    this.#now += ms
    this.#stepped += ms
  }

  /** Advances to the first midnight UTC after now. */
  toMidnight(): void {
    this.#now = (Math.floor(this.#now / DAY) + 1) * DAY
  }
}
