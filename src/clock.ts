/**
 * A source of time. The service takes all times from an injected clock, so that a replay or a test decides what the current time
 * is.
 */
export interface Clock {
  /** Current time for features, decay, expiry and lateness, in ms since 1970. */
  now(): number
  /**
   * Time of this machine's wall clock, in ms since 1970. The wall clock may step in either direction. Use it only for times that
   * other processes or later runs compare: versions, times in the log, the expiry of slates.
   */
  wall(): number
  /** Time since a fixed moment, in ms. Never steps: use it for throttles, time-outs and latencies within this process. */
  monotonic(): number
  /** Value that `now` would return if an event with this timestamp arrived. @param timestamp ms since 1970 */
  at(timestamp: number): number
  /** Notes the arrival of an event. Moves `now` forward in a replay; does nothing in service. @param timestamp ms since 1970 */
  arrive(timestamp: number): void
}

/** Returns the time since the process started, in ms. It never steps. */
export function monotonic(): number {
  return performance.now()
}

/**
 * Returns a wall clock that ignores every step after this call: the time of the call plus monotonic time, in ms since 1970. Expiry
 * uses it, so that a wall clock that runs ahead for a while deletes nothing too early.
 */
export function steadyTime(clock: Pick<Clock, 'wall' | 'monotonic'>): () => number {
  const offset = clock.wall() - clock.monotonic()
  return () => offset + clock.monotonic()
}

/** Makes the clock of a running service: `now` is the wall clock. */
export function wallClock(): Clock {
  return { now: Date.now, wall: Date.now, monotonic, at: Date.now, arrive: () => {} }
}

/**
 * Makes the clock of a replay. `now` is the latest timestamp that has arrived, so a log replays with the same results at any speed.
 * @param start value of `now` before the first event, in ms since 1970
 */
export function eventClock(start = 0): Clock {
  let latest = start
  return {
    now: () => latest,
    wall: Date.now,
    monotonic,
    at: (timestamp) => Math.max(latest, timestamp),
    arrive: (timestamp) => {
      if (timestamp > latest) latest = timestamp
    },
  }
}
