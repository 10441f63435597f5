import type { Logger } from 'pino'
import { type InvariantName, onCountedFailure } from './invariant.ts'
import { MINUTE } from './time-units.ts'

/** Lines about one assertion are at least this far apart, in ms. */
const LOG_EVERY = MINUTE

/**
 * Logs failed assertions that reject nothing, at the level error: the first failure of each, then at most once a minute. Those that
 * reject an operation are logged with it.
 * @param now monotonic time, in ms
 * @returns ends it
 */
export function logFailedAssertions(logger: Logger, now: () => number): () => void {
  const loggedAt = new Map<InvariantName, number>()
  return onCountedFailure((assertion) => {
    if (now() < (loggedAt.get(assertion) ?? Number.NEGATIVE_INFINITY) + LOG_EVERY) return
    loggedAt.set(assertion, now())
    logger.error({ assertion }, 'an assertion failed, and data that cannot be used was left out: see failedAssertions in /ready')
  })
}
