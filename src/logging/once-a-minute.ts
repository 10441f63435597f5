import { MINUTE } from '../time-units.ts'

/**
 * Makes a pace for reports: says of a key whether to report now, the first time and then at most once a minute.
 * @param now monotonic time, in ms
 */
export function onceAMinute<Key>(now: () => number): (key: Key) => boolean {
  const reportedAt = new Map<Key, number>()
  return (key) => {
    if (now() < (reportedAt.get(key) ?? Number.NEGATIVE_INFINITY) + MINUTE) return false
    reportedAt.set(key, now())
    return true
  }
}
