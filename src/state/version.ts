import { invariant } from '../invariant.ts'

const START = Date.UTC(2024, 0, 1)

/**
 * A user's next version: above any before it within the life of the value, and never below the wall clock in seconds since 2024.
 * It fits GraphQL's Int until 2092. After an erasure it starts again from the wall clock: below the versions of a user who had
 * changed more than once a second.
 * @param wall ms
 */
export function nextVersion(previous: number, wall: number): number {
  return Math.max(previous + 1, Math.floor((wall - START) / 1000))
}

/**
 * Checks that a version does not fall within the life of a user's value.
 * @throws InvariantError
 */
export function checkVersion(userId: string, before: number, after: number): void {
  invariant(
    after >= before,
    'VERSION_FELL',
    `user ${userId}: version ${before} would fall to ${after}. Nothing of this step was written.`,
  )
}
