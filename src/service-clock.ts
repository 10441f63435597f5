import type { Clock } from './clock.ts'
import { LiverankError } from './errors.ts'
import { DAY } from './time-units.ts'

/** The clock of the machine is believed while it agrees with the time that has passed to within this, in ms. */
const BELIEVED_MS = DAY
/**
 * Speed while the clock of the machine is behind. Close to 1: a client whose clock is right must not seem to be far ahead if that of the
 * machine is wrong.
 */
const SLOWED = 0.99
/** A clock that shows an earlier time was never set. Events may not be earlier either. */
const UNSET_BEFORE = Date.UTC(2000, 0, 1)

export interface ServiceClockOptions {
  /** Whether `now` is the time of events, as in a replay. */
  readonly isReplay?: boolean
  /** A day on which the operator found the clock of the machine right, in ms since 1970: its midnight UTC. */
  readonly checked?: number | undefined
}

/**
 * The time of a service, made from the clock of the machine and the time that the store last saw. It never falls, and never runs
 * ahead of the time that has passed by more than a day. So the rest of the service needs no precautions against a wrong clock.
 *
 * - It follows the clock of the machine while that clock is within a day of the time that passed, by the monotonic clock, since the
 *   last time of the store. If that clock steps back, this one runs a little slower until it is caught up with.
 * - Otherwise it goes on by the monotonic clock alone. At a start, it goes on from the last time of the store. Whether the service was off for
 *   long or the clock is wrong cannot be told, so the operator confirms the clock with `checked`.
 */
export class ServiceClock implements Clock {
  /** The clock of the machine, right or wrong. */
  readonly machine: Clock
  /** Time that the store had noted at the start, in ms since 1970; undefined if it had none. */
  noted: number | undefined
  readonly #isReplay: boolean
  readonly #checked: number | undefined
  /** What the wall clock should show at the monotonic time 0, by the last time of the store, in ms since 1970. */
  #origin = 0
  /** What the wall clock showed at the monotonic time 0 when it was last believed, in ms since 1970. */
  #offset = 0
  #latest = 0
  /** Monotonic time of `#latest`. */
  #latestAt = 0
  /** Latest time of the log while a start reads it; undefined afterwards. */
  #logged: number | undefined = 0

  /** @param machine clock of the machine, or of a replay */
  constructor(machine: Clock, { isReplay = false, checked }: ServiceClockOptions = {}) {
    this.machine = machine
    this.#isReplay = isReplay
    this.#checked = checked
    this.#follow(machine.wall())
  }

  /**
   * Begins at the last time of the store. Call it once, at a start, before anything is deleted for its age.
   * @param noted latest time that a process of the store has noted, in ms since 1970. If undefined, the latest that `arrive` was told of
   * counts; without one, the clock of the machine is believed.
   * @throws LiverankError CONFIGURATION for a new store and a clock that was never set
   */
  begin(noted?: number): void {
    const last = noted ?? this.#logged
    this.noted = noted
    this.#logged = undefined
    const machine = this.machine.wall()
    if (!last) {
      if (machine < UNSET_BEFORE && !this.#isReplay)
        throw new LiverankError(
          'CONFIGURATION',
          `The clock of this machine says ${dateText(machine)}: it was never set. Set it (timedatectl), and start the service again.`,
        )
      this.#follow(machine)
    } else if (Math.abs(machine - last) <= BELIEVED_MS || (machine > last && this.#isChecked(machine))) {
      this.#follow(machine)
      this.#latest = Math.max(machine, last)
    } else this.#follow(last)
  }

  now(): number {
    return this.#isReplay ? this.machine.now() : this.wall()
  }

  wall(): number {
    const monotonic = this.machine.monotonic()
    const offset = this.machine.wall() - monotonic
    if (Math.abs(offset - this.#origin) <= BELIEVED_MS) this.#offset = offset
    const passed = Math.max(0, monotonic - this.#latestAt)
    this.#latest = Math.max(monotonic + this.#offset, this.#latest + passed * SLOWED)
    this.#latestAt = monotonic
    return Math.floor(this.#latest)
  }

  monotonic(): number {
    return this.machine.monotonic()
  }

  at(timestamp: number): number {
    return this.#isReplay ? this.machine.at(timestamp) : this.wall()
  }

  arrive(timestamp: number): void {
    if (this.#logged !== undefined) this.#logged = Math.max(this.#logged, timestamp)
    this.machine.arrive(timestamp)
  }

  /** Returns by how many ms the clock of the machine is ahead of this one (below 0: behind); 0 if it is at most a day. */
  disagreement(): number {
    const ahead = this.machine.wall() - this.wall()
    return Math.abs(ahead) > BELIEVED_MS ? Math.round(ahead) : 0
  }

  /** While the clock of the machine disagrees, clients may have the time of either: the nearer one counts. */
  ofClient(timestamp: number): number {
    const ahead = this.#isReplay ? 0 : this.disagreement()
    if (ahead === 0) return timestamp
    return Math.abs(timestamp - this.machine.wall()) < Math.abs(timestamp - this.wall()) ? timestamp - ahead : timestamp
  }

  #isChecked(machine: number): boolean {
    return this.#checked !== undefined && machine >= this.#checked - DAY && machine < this.#checked + 2 * DAY
  }

  #follow(time: number): void {
    this.#latestAt = this.machine.monotonic()
    this.#latest = time
    this.#offset = time - this.#latestAt
    this.#origin = this.#offset
  }
}

/** Returns a time as a text for people; also one that no date can have. @param time ms since 1970 */
export function dateText(time: number): string {
  return new Date(Math.max(-8.64e15, Math.min(8.64e15, time))).toISOString()
}
