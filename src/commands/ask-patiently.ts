import { setTimeout as wait } from 'node:timers/promises'
import { UnavailableError } from '../errors.ts'

/** Pauses in ms before a request is repeated that got no answer. */
const PAUSES = [500, 2000, 8000, 20_000]

/**
 * Repeats a request that got no answer, after longer and longer pauses. The operation must be one that can be repeated.
 * @param pause waits for some ms
 * @throws UnavailableError if no attempt gets an answer
 */
export async function askPatiently<T>(
  attempt: () => Promise<T>,
  pause: (ms: number) => Promise<unknown> = (ms) => wait(ms),
): Promise<T> {
  for (const ms of PAUSES) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      await pause(ms)
    }
  }
  return attempt()
}
