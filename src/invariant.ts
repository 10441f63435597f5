import { LiverankError } from './errors.ts'

/** Which assertion failed: a stable name, such as `INCREMENT_NOT_FINITE`, under which failures are counted. */
export type InvariantName = Uppercase<string>

/** An assertion of the state failed: a defect. Rejects the one operation, before it has changed anything; clients see it masked. */
export class InvariantError extends LiverankError {
  readonly invariant: InvariantName
  constructor(invariant: InvariantName, message: string) {
    super('INVARIANT', `${invariant}: ${message}`)
    this.invariant = invariant
  }
}

const counts = new Map<InvariantName, number>()

/** Counts what was kept out of the state where nothing can be thrown. */
export function countFailure(name: InvariantName, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by)
}

/** How often each assertion has failed since this process started. */
export function failedInvariants(): ReadonlyMap<InvariantName, number> {
  return counts
}

/** All of them together. */
export function failures(): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

/**
 * Asserts what must hold before state changes, in production too.
 * @throws InvariantError when it does not hold; the failure is counted
 */
export function invariant(condition: boolean, name: InvariantName, message: string): asserts condition {
  if (condition) return
  countFailure(name)
  throw new InvariantError(name, message)
}
