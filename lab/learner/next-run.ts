import { DAY, HOUR } from '../../src/time-units.ts'

/** A run that has ended. */
export interface EndedRun {
  /** Time of its beginning, in ms. */
  readonly startedAt: number
  /** Size of the log at that time, in bytes. */
  readonly logBytes: number
  /** Whether it failed, for a reason that may go away by itself. */
  readonly hasFailed: boolean
}

/** Time between two runs, in ms. */
const EVERY = DAY
/** Time after which a run that failed is tried again, in ms. */
const AGAIN_AFTER = HOUR

/**
 * Returns whether a run is due: the first at once, then each day, or when the log has doubled, whichever comes first. A run that failed is
 * tried again after an hour. So is one that began in the future, by a clock that was set back since.
 * @param last latest run; undefined if there was none
 * @param now in ms @param logBytes size of the log now
 */
export function isDue(last: EndedRun | undefined, now: number, logBytes: number): boolean {
  if (!last) return true
  const age = now - last.startedAt
  if (age < 0) return true
  if (last.hasFailed) return age >= AGAIN_AFTER
  return age >= EVERY || logBytes >= 2 * last.logBytes
}
