const START = Date.UTC(2024, 0, 1)

/**
 * A user's next version: above any before it, even after expiry or erasure, since it is never below the wall clock in
 * seconds since 2024; it fits GraphQL's Int until 2092.
 * @param wall ms
 */
export function nextVersion(previous: number, wall: number): number {
  return Math.max(previous + 1, Math.floor((wall - START) / 1000))
}
