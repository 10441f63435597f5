/** Timers within this process. Injected, so that a test can choose when and in which order they end. */
export interface Timers {
  /** Time since a fixed moment, in ms. Never steps, whatever happens to the wall clock. */
  monotonic(): number
  /** Calls `callback` once, after `ms` milliseconds. @returns function that cancels the call */
  after(ms: number, callback: () => void): () => void
  /** Calls `callback` once what the network has brought by now was handled: at the end of this turn of the event loop. */
  atEndOfTurn(callback: () => void): void
}

/** Timers of Node. Intervals are measured by `performance.now()`, which no change of the wall clock affects. */
export const systemTimers: Timers = {
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
  atEndOfTurn: (callback) => void setImmediate(callback),
}

/** Resolves after `ms` milliseconds. */
export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => timers.after(ms, resolve))
}
