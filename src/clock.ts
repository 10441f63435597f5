/** The one source of time, injected everywhere, so that a replay and a test decide what now is. */
export interface Clock {
  /** The time that features, decay, expiry and lateness see, in ms since 1970. */
  now(): number
  /**
   * The wall clock of this machine, in ms since 1970. It may step in either direction, so use it only for what other processes or
   * later runs compare: versions, times in the log, the expiry of slates.
   */
  wall(): number
  /** Time since some fixed moment, in ms. It never steps: throttles, time-outs and latencies within this process use it. */
  monotonic(): number
  /** What `now` would be, if an event with this time arrived. */
  at(timestamp: number): number
  /** Tells the clock that an event with this time arrives. Moves `now` in a replay, does nothing in service. */
  arrive(timestamp: number): void
}

export function monotonic(): number {
  return performance.now()
}

/**
 * The wall clock as it would stand if it had not been set since this call. What is to be forgotten after so long uses it: a clock
 * that is ahead for a while must not make it forget.
 */
export function steadyTime(clock: Pick<Clock, 'wall' | 'monotonic'>): () => number {
  const offset = clock.wall() - clock.monotonic()
  return () => offset + clock.monotonic()
}

export function wallClock(): Clock {
  return { now: Date.now, wall: Date.now, monotonic, at: Date.now, arrive: () => {} }
}

/** Now is the time of the latest event that arrived, so that an old log behaves as it did on its day, at any speed. */
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
