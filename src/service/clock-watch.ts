import { onceAMinute } from '../logging/once-a-minute.ts'
import { dateText, type ServiceClock } from '../service-clock.ts'
import { DAY, HOUR } from '../time-units.ts'

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

/** Returns a sentence for the operator if the clock of the machine differs from the time of the service by more than a day. */
export function clockWarning(clock: ServiceClock): string | undefined {
  const ahead = clock.disagreement()
  if (ahead === 0) return undefined
  const days = (Math.abs(ahead) / DAY).toFixed(1)
  const [machine, service] = [dateText(clock.machine.wall()), dateText(clock.wall())]
  const side = ahead > 0 ? 'ahead of' : 'behind'
  const wayOut =
    ahead > 0
      ? ` If it is right, because the service or the machine stood still for so long, set CLOCK_CHECKED=${machine.slice(0, 10)} and restart the service.`
      : ''
  return `The clock of this machine says ${machine}. This is ${days} days ${side} the time of the service, ${service}, which goes on by itself, so that nothing expires too early. If the clock is wrong, correct it.${wayOut}`
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
  /** Latest time that the store has noted. */
  #noted: number
  #noting: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(options: ClockWatchOptions) {
    const { clock } = options
    this.#options = options
    this.#noted = clock.noted ?? Number.NEGATIVE_INFINITY
    this.#mayWarn = onceAMinute<string>(() => clock.monotonic())
    this.#offset = clock.machine.wall() - clock.monotonic()
  }

  /** Begins, and records the time if the store has none of the last hour. */
  async start(): Promise<void> {
    this.check()
    await this.#noting
    this.#timer ??= setInterval(() => this.check(), CHECK_MS).unref()
  }

  /** Ends, and records the time if that is due. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.check()
    await this.#noting
  }

  /** Checks the clock now, and records the time if that is due. */
  check(): void {
    void this.steps()
    const { warning } = this
    if (warning !== undefined && !this.#disagrees) this.#options.warn(warning)
    if (warning === undefined && this.#disagrees) this.#options.inform('The clock of this machine is right again.')
    this.#disagrees = warning !== undefined
    const time = this.#options.clock.wall()
    if (time - this.#noted < NOTED_EVERY_MS) return
    this.#noted = time
    this.#noting = this.#noting.then(() => this.#note(time))
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

  /** See `clockWarning`. */
  get warning(): string | undefined {
    return clockWarning(this.#options.clock)
  }

  async #note(time: number): Promise<void> {
    try {
      await this.#options.noteTime(time)
    } catch (error) {
      // Again with the next check.
      this.#noted = Number.NEGATIVE_INFINITY
      if (this.#mayWarn('time')) this.#options.warn(`The time was not recorded in the store: ${(error as Error).message}`)
    }
  }
}
