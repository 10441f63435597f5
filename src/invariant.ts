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

const listeners = new Set<(name: InvariantName) => void>()

function add(name: InvariantName, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by)
}

/** Counts failures where no `InvariantError` is thrown, because bad data was kept out of the state, and tells the listeners. */
export function countFailure(name: InvariantName, by = 1): void {
  add(name, by)
  for (const listener of listeners) listener(name)
}

/** Calls the listener for each failure that throws no `InvariantError`, of every service in this process. @returns ends it */
export function onCountedFailure(listener: (name: InvariantName) => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
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
  add(name, 1)
  throw new InvariantError(name, message)
}
