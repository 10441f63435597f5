/**
 * A source of time. The service takes all times from an injected clock, so that a replay or a test decides what the current time
 * is.
 */
export interface Clock {
  /** Current time for features, decay, expiry and lateness, in ms since 1970. */
  now(): number
  /**
   * Time of the wall clock, in ms since 1970. Use it only for times that other processes or later runs compare: versions, times in
   * the log, the expiry of slates. That of a machine may step in either direction; that of a `ServiceClock` never falls.
   */
  wall(): number
  /** Time since a fixed moment, in ms. Never steps: use it for throttles, time-outs and latencies within this process. */
  monotonic(): number
  /** Value that `now` would return if an event with this timestamp arrived. @param timestamp ms since 1970 */
  at(timestamp: number): number
  /** Notes the arrival of an event. Moves `now` forward in a replay; does nothing in service. @param timestamp ms since 1970 */
  arrive(timestamp: number): void
  /** Returns a time that a client sent, by this clock. @param timestamp ms since 1970, by the clock of the client */
  ofClient(timestamp: number): number
}

/** Returns the time since the process started, in ms. It never steps. */
export function monotonic(): number {
  return performance.now()
}

const asSent = (timestamp: number) => timestamp

/** Makes the clock of a machine: `now` is the wall clock. */
export function wallClock(): Clock {
  return { now: Date.now, wall: Date.now, monotonic, at: Date.now, arrive: () => {}, ofClient: asSent }
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
    ofClient: asSent,
  }
}
