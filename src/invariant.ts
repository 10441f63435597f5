import { LiverankError } from './errors.ts'

/** Name of an assertion, such as `INCREMENT_NOT_FINITE`. Failures are counted under this name, so it must not change. */
export type InvariantName = Uppercase<string>

/**
 * A failed assertion about state, which is a defect. Rejects one operation before it changes anything. Clients see a masked error.
 */
export class InvariantError extends LiverankError {
  readonly invariant: InvariantName
  constructor(invariant: InvariantName, message: string) {
    super('INVARIANT', `${invariant}: ${message}`)
    this.invariant = invariant
  }
}

const counts = new Map<InvariantName, number>()

/** Counts failures where no error can be thrown, because bad data was kept out of the state. */
export function countFailure(name: InvariantName, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by)
}

/** Returns the number of failures of each assertion since this process started. */
export function failedInvariants(): ReadonlyMap<InvariantName, number> {
  return counts
}

/** Returns the number of failures of all assertions since this process started. */
export function failures(): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

/**
 * Checks a condition before state changes, in production too.
 * @throws InvariantError if the condition is false; the failure is counted
 */
export function invariant(condition: boolean, name: InvariantName, message: string): asserts condition {
  if (condition) return
  countFailure(name)
  throw new InvariantError(name, message)
}
