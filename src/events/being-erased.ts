import { UnavailableError } from '../errors.ts'
import type { UserValue } from '../state/user-value.ts'
import { MINUTE } from '../time-units.ts'

/** How long the mark of an erasure holds back everything else. An erasure that was cut short, and never sent again, blocks no longer. */
export const MARK_MS = 10 * MINUTE

/** How long ago an erasure marked the value, in ms; infinite if none did. A mark from the future, of a clock that stepped, is as old. */
export function markAge({ erasing, erasingSince }: UserValue, now: number): number {
  return erasing.length > 0 ? Math.abs(now - erasingSince) : Number.POSITIVE_INFINITY
}

/** @param now ms of the clock that features see */
export function isBeingErased(value: UserValue, now: number): boolean {
  return markAge(value, now) < MARK_MS
}

/** @throws UnavailableError when an erasure of the user has begun within the last ten minutes and has not ended */
export function refuseErasing(userId: string, value: UserValue, now: number): void {
  if (!isBeingErased(value, now)) return
  throw new UnavailableError(
    `${userId} is being erased: send this again when the erasure has ended, or send the erasure again if it was cut short.`,
  )
}
