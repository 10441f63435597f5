import { vi } from 'vitest'

/** Ends a wait of a test that hangs before the limit of the test, so that the message says what is missing. It judges no machine. */
export const HANGS_MS = 240_000

/**
 * Waits until an expectation no longer throws.
 * @param everyMs time between two looks, in ms
 * @returns what the expectation returned
 */
export function eventually<T>(expectation: () => T | Promise<T>, everyMs = 50): Promise<T> {
  return vi.waitFor(expectation, { timeout: HANGS_MS, interval: everyMs })
}
