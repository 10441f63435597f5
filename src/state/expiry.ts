import { DAY, MINUTE } from '../time-units.ts'
import type { UserValue } from './user-value.ts'

/** How long figures count after their last event, in ms of event time. The rule is applied when reading, the same in every store. */
export interface Expiry {
  readonly user: number
  /** Uploaded attributes of a user, after the user's last event or upload. */
  readonly attributes: number
  /** Items, and values of attributes. */
  readonly item: number
  readonly pair: number
  /** A session ends after this long without an event. */
  readonly session: number
}

export const DEFAULT_EXPIRY: Expiry = {
  user: 90 * DAY,
  attributes: 365 * DAY,
  item: 90 * DAY,
  pair: 30 * DAY,
  session: 30 * MINUTE,
}

/** After how many ms without an event or upload the store may drop a user's value; 0 for never: an opt-out and whose ids are whose do not expire. */
export function keptFor({ attributes, optedOut, mergedInto, mergedFrom, arriving, erasing }: UserValue, expiry: Expiry): number {
  if (optedOut || mergedInto !== '' || mergedFrom.length > 0 || arriving.length > 0 || erasing.length > 0) return 0
  return hasAny(attributes) ? Math.max(expiry.attributes, expiry.user) : expiry.user
}

/** Uploaded attributes of a user end when neither an event nor an upload came for as long as the rule says. */
export function forgetAttributes(user: UserValue, now: number, expiry: Expiry): void {
  const since = knownSince(user)
  if (since > 0 && now - since > expiry.attributes) user.attributes = {}
  if (!hasAny(user.attributes)) user.attributesAt = 0
}

/** Figures of a user, and uploaded attributes, end when no event came for as long as the rules say; the version stays. */
export function forgetExpired(user: UserValue, now: number, expiry: Expiry): void {
  forgetAttributes(user, now, expiry)
  if (user.lastEventAt === 0 || now - user.lastEventAt <= expiry.user) return
  // The attributes outlive the events, and their time runs from the last one.
  if (hasAny(user.attributes)) user.attributesAt = knownSince(user)
  user.lastEventAt = 0
  user.latestEventId = ''
  user.parts.clear()
  user.foreign.length = 0
}

/** Time of the last event or upload of attributes, in ms; 0 where neither is known. */
export function knownSince({ lastEventAt, attributesAt }: UserValue): number {
  return Math.max(lastEventAt, attributesAt)
}

function hasAny(attributes: UserValue['attributes']): boolean {
  return Object.keys(attributes).length > 0
}
