import { onceAMinute } from './logging/once-a-minute.ts'
import { dateText, type ServiceClock } from './service-clock.ts'
import { DAY, HOUR } from './time-units.ts'

/** A wall clock that moves by more than this against the monotonic clock has stepped, in ms. Events may be as far ahead of now. */
const STEP_MS = 5 * 60_000
const CHECK_MS = 5000
/** How often the store is told the time, in ms. A crash makes the next start trust the clock of the machine by so much less. */
const NOTED_EVERY_MS = HOUR

export interface ClockWatchOptions {
  readonly clock: ServiceClock
  /** Records the time of the service in the store, for the next start. */
  readonly noteTime: (time: number) => Promise<void>
  readonly warn: (message: string) => void
  readonly inform: (message: string) => void
}

/**
 * Watches the wall clock of this machine: logs and counts its steps (it was set, or stood still while the machine was suspended),
 * reports if it disagrees with the time of the service, and records that time in the store.
 */
export class ClockWatch {
  readonly #options: ClockWatchOptions
  readonly #mayWarn: (what: string) => boolean
  #offset: number
  #steps = 0
  #disagrees = false
  #notedAt = Number.NEGATIVE_INFINITY
  #noting: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(options: ClockWatchOptions) {
    const { clock } = options
    this.#options = options
    this.#mayWarn = onceAMinute<string>(() => clock.monotonic())
    this.#offset = clock.machine.wall() - clock.monotonic()
  }

  /** Begins, and records the time for the first time. */
  async start(): Promise<void> {
    this.check()
    await this.#noting
    this.#timer ??= setInterval(() => this.check(), CHECK_MS).unref()
  }

  /** Ends, and records the time for the last time. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#noting
    await this.#note()
  }

  /** Checks the clock now, and records the time if that is due. */
  check(): void {
    void this.steps()
    const { warning } = this
    if (warning !== undefined && !this.#disagrees) this.#options.warn(warning)
    if (warning === undefined && this.#disagrees) this.#options.inform('The clock of this machine is right again.')
    this.#disagrees = warning !== undefined
    const now = this.#options.clock.monotonic()
    if (now - this.#notedAt < NOTED_EVERY_MS) return
    this.#notedAt = now
    this.#noting = this.#noting.then(() => this.#note())
  }

  /** Checks the clocks and logs a step. @returns number of steps since the start */
  steps(): number {
    const { clock, warn } = this.#options
    const offset = clock.machine.wall() - clock.monotonic()
    const step = offset - this.#offset
    if (Math.abs(step) > STEP_MS) {
      this.#offset = offset
      this.#steps++
      const direction = step > 0 ? 'forward' : 'back'
      warn(
        `The wall clock of this machine stepped ${direction} by ${Math.round(Math.abs(step) / 1000)} s. Check its time synchronisation: this clock dates events and decays counters.`,
      )
    }
    return this.#steps
  }

  /** By how many ms the clock of this machine is ahead of the time of the service (below 0: behind); 0 if at most a day. */
  get disagreement(): number {
    return this.#options.clock.disagreement()
  }

  /** A sentence for the operator if the clock of the machine disagrees with the time of the service by more than a day. */
  get warning(): string | undefined {
    const { clock } = this.#options
    const ahead = this.disagreement
    if (ahead === 0) return undefined
    const days = (Math.abs(ahead) / DAY).toFixed(1)
    const [machine, service] = [dateText(clock.machine.wall()), dateText(clock.wall())]
    const wayOut =
      ahead > 0
        ? ` If it is right, because the service or the machine stood still for so long, set CLOCK_CHECKED=${machine.slice(0, 10)} and restart the service.`
        : ''
    return `The clock of this machine says ${machine}, ${days} days ${ahead > 0 ? 'ahead of' : 'behind'} the time of the service, ${service}. The service does not follow it, so that nothing expires too early. If the clock is wrong, correct it.${wayOut}`
  }

  async #note(): Promise<void> {
    try {
      await this.#options.noteTime(this.#options.clock.wall())
    } catch (error) {
      if (this.#mayWarn('time')) this.#options.warn(`The time was not recorded in the store: ${(error as Error).message}`)
    }
  }
}
