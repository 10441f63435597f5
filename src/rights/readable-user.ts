import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { COUNTING_PARTS } from '../accumulators/counted-events.ts'
import { type JsonObject, type Part, timeText, type UserValue } from '../state/user-value.ts'

/**
 * Describes a user value as JSON for people: every accumulator's state by name. Expired state that is still stored is included.
 * @param at time at which to read decayed sums, in ms of the clock of features
 */
export function readableUser(accumulators: AccumulatorSet, value: UserValue, at: number): JsonObject {
  const now = value.timeAt(at)
  const state: JsonObject = {}
  for (const { name, parts } of [...accumulators.accumulators, { name: 'counting_limits', parts: COUNTING_PARTS }]) {
    const held = describeParts(parts ?? [], value, now)
    if (Object.keys(held).length > 0) state[name] = held
  }
  return {
    version: value.version,
    lastEventAt: timeText(value.lastEventAt),
    latestEventId: value.latestEventId === '' ? null : value.latestEventId,
    attributes: value.attributes,
    attributesUploadedAt: timeText(value.attributesAt),
    optedOut: value.optedOut,
    consent: value.consent ? { given: value.consent.given, since: new Date(value.consent.at).toISOString() } : null,
    mergedInto: value.mergedInto === '' ? null : value.mergedInto,
    isMoving: value.moving,
    mergedFrom: value.mergedFrom,
    arriving: value.arriving,
    erasing: value.erasing,
    erasingSince: timeText(value.erasingSince),
    state,
    ofOtherVersions: value.foreign.map(({ code, bytes }) => ({ code, bytes: bytes.toString('base64') })),
  }
}

function describeParts(parts: readonly Part<unknown>[], value: UserValue, now: number): JsonObject {
  const described: JsonObject = {}
  for (const part of parts) {
    const held = value.parts.get(part.name)
    if (held !== undefined && !part.isEmpty(held)) described[part.name] = part.describe(held, now)
  }
  return described
}
