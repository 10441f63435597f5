import type { OriginalLog } from './original-log.ts'

/**
 * Divides the events of each user into sessions: a session ends where the user pauses longer.
 * @param pause longest pause within a session, in ms
 * @returns the number of the session of each event, in the order of the log; and how many sessions there are
 */
export function builtSessions({ length, userOf, timeOf }: OriginalLog, pause: number): { of: Int32Array; count: number } {
  const rows = Uint32Array.from({ length }, (_, i) => i).sort(
    (a, b) => userOf[a]! - userOf[b]! || timeOf[a]! - timeOf[b]! || a - b,
  )
  const of = new Int32Array(length)
  let count = 0
  for (const [at, row] of rows.entries()) {
    const before = rows[at - 1]
    if (before === undefined || userOf[before] !== userOf[row] || timeOf[row]! - timeOf[before]! > pause) count++
    of[row] = count - 1
  }
  return { of, count }
}
