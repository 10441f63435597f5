import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { joinConsents } from '../state/consent.ts'
import type { UserValue } from '../state/user-value.ts'

/**
 * Merges the user values of two ids of one person: adds `from` to `into`. Does not change `from`. Of an attribute that both have,
 * that of `into` stays.
 */
export function mergeUserValues({ accumulators }: AccumulatorSet, into: UserValue, from: UserValue): void {
  for (const { merge } of accumulators) merge?.(into, from)
  if (from.lastEventAt > into.lastEventAt) into.latestEventId = from.latestEventId
  into.lastEventAt = Math.max(into.lastEventAt, from.lastEventAt)
  into.attributes = { ...from.attributes, ...into.attributes }
  into.attributesAt = Math.max(into.attributesAt, from.attributesAt)
  into.optedOut ||= from.optedOut
  into.consent = joinConsents(into.consent, from.consent)
}
