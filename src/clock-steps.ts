import type { Clock } from './clock.ts'

/** A wall clock that moves by more than this against the monotonic clock has stepped, in ms. Events may be as far ahead of now. */
const STEP_MS = 5 * 60_000
const CHECK_MS = 5000

/** Detects steps of this machine's wall clock: it was set, or stood still while the machine was suspended. */
export class ClockSteps {
  readonly #clock: Pick<Clock, 'wall' | 'monotonic'>
  readonly #warn: (message: string) => void
  #offset: number
  #count = 0
  #timer: NodeJS.Timeout | undefined

  constructor(clock: Pick<Clock, 'wall' | 'monotonic'>, warn: (message: string) => void) {
    this.#clock = clock
    this.#warn = warn
    this.#offset = clock.wall() - clock.monotonic()
  }

  start(): void {
    this.#timer ??= setInterval(() => this.count(), CHECK_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Checks the clocks and logs a step. @returns number of steps since the start */
  count(): number {
    const offset = this.#clock.wall() - this.#clock.monotonic()
    const step = offset - this.#offset
    if (Math.abs(step) > STEP_MS) {
      this.#offset = offset
      this.#count++
      const direction = step > 0 ? 'forward' : 'back'
      this.#warn(
        `The wall clock of this machine stepped ${direction} by ${Math.round(Math.abs(step) / 1000)} s. Check its time synchronisation: this clock dates events and decays counters.`,
      )
    }
    return this.#count
  }
}
