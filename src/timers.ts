/** Waiting, by the clock of this machine. Injected where a test must decide when, and in which order, things come. */
export interface Timers {
  /** ms since 1970. */
  now(): number
  /** Calls back once, after so many ms. @returns takes it back */
  after(ms: number, callback: () => void): () => void
}

export const systemTimers: Timers = {
  now: Date.now,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => timers.after(ms, resolve))
}
