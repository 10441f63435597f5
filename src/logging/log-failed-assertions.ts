import type { Logger } from 'pino'
import { type InvariantName, onCountedFailure } from '../invariant.ts'
import { onceAMinute } from './once-a-minute.ts'

/**
 * Logs failed assertions that reject nothing, at the level error: the first failure of each, then at most once a minute. Those that
 * reject an operation are logged with it.
 * @param now monotonic time, in ms
 * @returns ends it
 */
export function logFailedAssertions(logger: Logger, now: () => number): () => void {
  const isDue = onceAMinute<InvariantName>(now)
  return onCountedFailure((assertion) => {
    if (!isDue(assertion)) return
    logger.error({ assertion }, 'an assertion failed, and data that cannot be used was left out: see failedAssertions in /ready')
  })
}
