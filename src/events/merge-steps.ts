import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { type Expiry, forgetExpired, joinConsents } from '../state/expiry.ts'
import type { MergeStep } from '../state/user-links.ts'
import type { UserValue } from '../state/user-value.ts'

/**
 * Applies a step of a merge to a user value. Merges and the replay of a log share this code, so that both give the same state.
 * @param at time of the clock of features, in ms
 */
export function applyMergeStep(accumulators: AccumulatorSet, expiry: Expiry, user: UserValue, step: MergeStep, at: number): void {
  user.links.apply(step, at)
  if (step.step === 'left' || step.step === 'erasing') emptyState(user)
  if (step.step === 'erasing') user.optedOut = false
  if (step.step !== 'take') return
  const taken = accumulators.codec.decode(Buffer.from(step.value, 'base64'))
  forgetExpired(user, at, expiry)
  mergeUserValues(accumulators, user, taken)
  // A slate of the person, under either id, is never older than one before.
  user.version = Math.max(user.version, taken.version)
}

/** Returns the ids that a step names. Some may be empty. */
export function idsInStep(step: MergeStep): readonly string[] {
  if (step.step === 'list') return [...step.mergedFrom, ...step.arriving]
  return step.step === 'erasing' ? step.ids : [step.other]
}

/** Empties a value, except for its links. */
function emptyState(value: UserValue): void {
  value.lastEventAt = 0
  value.latestEventId = ''
  value.attributes = {}
  value.attributesAt = 0
  value.consent = undefined
  value.parts.clear()
  value.foreign.length = 0
}

/**
 * Merges the user values of two ids of one person: adds `from` to `into`. Does not change `from`. Of an attribute that both have,
 * that of `into` stays.
 */
function mergeUserValues({ accumulators }: AccumulatorSet, into: UserValue, from: UserValue): void {
  for (const { merge } of accumulators) merge?.(into, from)
  if (from.lastEventAt > into.lastEventAt) into.latestEventId = from.latestEventId
  into.lastEventAt = Math.max(into.lastEventAt, from.lastEventAt)
  into.attributes = { ...from.attributes, ...into.attributes }
  into.attributesAt = Math.max(into.attributesAt, from.attributesAt)
  into.optedOut ||= from.optedOut
  into.consent = joinConsents(into.consent, from.consent)
}
