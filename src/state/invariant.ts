import { LiverankError } from '../errors.ts'

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

const failures = new Map<InvariantName, number>()

/** How often each assertion has failed since this process started. */
export function failedInvariants(): ReadonlyMap<InvariantName, number> {
  return failures
}

/**
 * Asserts what must hold before state changes, in production too.
 * @throws InvariantError when it does not hold; the failure is counted
 */
export function invariant(condition: boolean, name: InvariantName, message: string): asserts condition {
  if (condition) return
  failures.set(name, (failures.get(name) ?? 0) + 1)
  throw new InvariantError(name, message)
}
