/** The one source of time. Injected everywhere, so that a replay and a test decide what now is. All values are milliseconds since 1970. */
export interface Clock {
  /** The time that features, decay, expiry and lateness see. */
  now(): number
  /** The time of this machine: throttles, time-outs, versions and latencies. */
  wall(): number
  /** What `now` would be, if an event with this time arrived. */
  at(timestamp: number): number
  /** Tells the clock that an event with this time arrives. Moves `now` in a replay, does nothing in service. */
  arrive(timestamp: number): void
}

export function wallClock(): Clock {
  return { now: Date.now, wall: Date.now, at: Date.now, arrive: () => {} }
}

/** Now is the time of the latest event that arrived, so that an old log behaves as it did on its day, at any speed. */
export function eventClock(start = 0): Clock {
  let latest = start
  return {
    now: () => latest,
    wall: Date.now,
    at: (timestamp) => Math.max(latest, timestamp),
    arrive: (timestamp) => {
      if (timestamp > latest) latest = timestamp
    },
  }
}
