import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { invariant } from '../invariant.ts'
import { type Expiry, forgetExpired, joinConsents } from '../state/expiry.ts'
import type { MergeStep } from '../state/log-entry.ts'
import type { UserValue } from '../state/user-value.ts'

/**
 * Applies a step of a merge to a user value. Merges and the replay of a log share this code, so that both give the same state.
 * @param at time of the clock of features, in ms
 */
export function applyMergeStep(accumulators: AccumulatorSet, expiry: Expiry, user: UserValue, step: MergeStep, at: number): void {
  switch (step.step) {
    case 'expect':
      user.arriving = [...without(user.arriving, step.other), step.other]
      return
    case 'leave':
      user.mergedInto = step.other
      user.moving = true
      return
    case 'take': {
      const taken = accumulators.codec.decode(Buffer.from(step.value, 'base64'))
      forgetExpired(user, at, expiry)
      mergeUserValues(accumulators, user, taken)
      user.mergedFrom.push(step.other)
      user.arriving = without(user.arriving, step.other)
      // A slate of the person, under either id, is never older than one before.
      user.version = Math.max(user.version, taken.version)
      return
    }
    case 'left':
      leaveBehind(user)
      // Earlier versions named nobody.
      if (step.other !== '') user.mergedInto = step.other
      return
    case 'stay':
      user.mergedInto = ''
      user.moving = false
      return
    case 'list':
      user.mergedFrom = [...step.mergedFrom]
      user.arriving = [...step.arriving]
      return
    case 'erasing':
      leaveBehind(user)
      user.mergedInto = ''
      user.mergedFrom = []
      // `arriving` stays: an erasure that is sent again looks there for ids that left for this user meanwhile.
      user.optedOut = false
      user.erasing = [...step.ids]
      user.erasingSince = at
  }
}

/** @throws InvariantError when what a value says of other ids contradicts itself */
export function checkLinks(userId: string, { mergedInto, moving, mergedFrom }: UserValue, { step, other }: MergeStep): void {
  const at = `user ${userId}, merge step ${step} ${other}:`
  invariant(!moving || mergedInto !== '', 'MERGE_STATE', `${at} a value moves and has nowhere to go`)
  invariant(mergedInto !== userId && !mergedFrom.includes(userId), 'MERGE_STATE', `${at} an id became its own`)
  if (step !== 'take') return
  invariant(mergedInto === '', 'MERGE_STATE', `${at} an id that became another user's takes a value`)
  invariant(mergedFrom.indexOf(other) === mergedFrom.length - 1, 'MERGE_STATE', `${at} a value is taken a second time`)
}

/** Returns the ids that a step names. Some may be empty. */
export function idsInStep(step: MergeStep): readonly string[] {
  if (step.step === 'list') return [...step.mergedFrom, ...step.arriving]
  return step.step === 'erasing' ? step.ids : [step.other]
}

/** Empties a value: what it says of other ids stays. */
function leaveBehind(value: UserValue): void {
  value.moving = false
  value.lastEventAt = 0
  value.latestEventId = ''
  value.attributes = {}
  value.attributesAt = 0
  value.consent = undefined
  value.parts.clear()
  value.foreign.length = 0
}

function without(ids: readonly string[], id: string): string[] {
  return ids.filter((one) => one !== id)
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
