import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { UnavailableError } from '../errors.ts'
import type { Increments } from '../state/increments.ts'
import type { UserValue } from '../state/user-value.ts'
import { MINUTE } from '../time-units.ts'

/**
 * Time for which the mark of an erasure blocks all other changes, in ms. After it, an interrupted erasure that was never repeated
 * blocks no longer.
 */
export const MARK_MS = 10 * MINUTE

/**
 * Returns the age of a value's erasure mark, in ms; infinite if it has none. A mark in the future, from a clock that stepped, has
 * its distance to now as its age.
 */
export function markAge({ erasing, erasingSince }: UserValue, now: number): number {
  return erasing.length > 0 ? Math.abs(now - erasingSince) : Number.POSITIVE_INFINITY
}

/** Returns whether an erasure of the user is under way. @param now time of the clock of features, in ms */
export function isBeingErased(value: UserValue, now: number): boolean {
  return markAge(value, now) < MARK_MS
}

/**
 * Refuses changes to a user who is being erased. The error does not name the user: whoever sent a merged id may not learn the other id.
 * @throws UnavailableError if an erasure began within the last ten minutes and has not ended
 */
export function refuseErasing(value: UserValue, now: number): void {
  if (!isBeingErased(value, now)) return
  throw new UnavailableError(
    'This user is being erased. Send this request again when the erasure has ended. If the erasure was interrupted, send the erasure again.',
  )
}

/** Returns what subtracts from shared sums what a user added to them; undefined for nothing. */
export function withdrawal(
  value: UserValue,
  { accumulators, catalogue }: { readonly accumulators: AccumulatorSet; readonly catalogue: Pick<Catalogue, 'lives'> },
): Increments | undefined {
  const ofFirstLives = catalogue.lives.collect(accumulators.layout)
  for (const { withdraw } of accumulators.accumulators) withdraw?.(value, ofFirstLives)
  const increments = catalogue.lives.rename(ofFirstLives, accumulators.layout)
  increments.assertSound()
  return increments.empty ? undefined : increments
}
