import { invariant } from '../invariant.ts'

const START = Date.UTC(2024, 0, 1)

/**
 * Returns the next version of a user: higher than every earlier version of the same value, and at least the wall clock in seconds
 * since 2024. It fits GraphQL's Int until 2092. After an erasure, versions start again from the wall clock: they may be lower than
 * before if the user changed more than once a second.
 * @param wall time of the wall clock, in ms
 */
export function nextVersion(previous: number, wall: number): number {
  return Math.max(previous + 1, Math.floor((wall - START) / 1000))
}

/** Checks that the version of a user value does not fall. @throws InvariantError if it does */
export function checkVersion(userId: string, before: number, after: number): void {
  invariant(
    after >= before,
    'VERSION_FELL',
    `user ${userId}: version ${before} would fall to ${after}. Nothing of this step was written.`,
  )
}
