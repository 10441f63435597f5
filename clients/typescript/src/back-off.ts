const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 60_000

/**
 * Returns how long to wait before the next attempt, in ms. The time doubles with each attempt that failed, from 0.5 s to 60 s. A random
 * part of up to a half is taken off, so that the devices of many users do not all come back at the same moment.
 *
 * @param failures attempts in a row that failed, at least 1
 * @param random returns numbers from 0 to below 1
 */
export function backOffMs(failures: number, random: () => number): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20))
  return wait * (1 - random() / 2)
}
