import { LiverankError } from './errors.ts'

/** An assertion of the service failed. The operation that found it is rejected, and nothing of it was written. */
export class InvariantError extends LiverankError {
  constructor(message: string) {
    super('INVARIANT', message)
  }
}

/**
 * Checks what the code relies on, in production as well as in tests.
 * @param message names the subject, what was expected and what was found
 * @throws InvariantError when the condition is false
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}
