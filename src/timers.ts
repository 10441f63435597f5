/** Waits and intervals within this process. Injected where a test must decide when, and in which order, things come. */
export interface Timers {
  /** Time since some fixed moment, in ms. It never steps, whatever happens to the wall clock. */
  monotonic(): number
  /** Calls back once, after so many ms. @returns takes it back */
  after(ms: number, callback: () => void): () => void
}

export const systemTimers: Timers = {
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => timers.after(ms, resolve))
}
