import { DAY, MINUTE } from '../time-units.ts'
import type { UserValue } from './user-value.ts'

/**
 * How long state counts after its last event, in ms of event time. Expiry is applied on reading, in the same way in every store.
 */
export interface Expiry {
  readonly user: number
  /** Time for which uploaded attributes of a user count after the user's last event or upload. */
  readonly attributes: number
  /** Expiry of items and of attribute values. */
  readonly item: number
  readonly pair: number
  /** Time without an event after which a session ends. */
  readonly session: number
}

/** How long a slate that was served stays known, in ms: an event that names it later counts without it. */
export const SLATE_EXPIRY = DAY

export const DEFAULT_EXPIRY: Expiry = {
  user: 90 * DAY,
  attributes: 365 * DAY,
  item: 90 * DAY,
  pair: 30 * DAY,
  session: 30 * MINUTE,
}

/**
 * Returns the time without an event or upload after which the store may delete a user's value, in ms. 0 means never: opt-outs,
 * merged ids and unfinished merges or erasures do not expire.
 */
export function keptFor({ attributes, optedOut, mergedInto, mergedFrom, arriving, erasing }: UserValue, expiry: Expiry): number {
  if (optedOut || mergedInto !== '' || mergedFrom.length > 0 || arriving.length > 0 || erasing.length > 0) return 0
  return hasAny(attributes) ? Math.max(expiry.attributes, expiry.user) : expiry.user
}

/** Deletes uploaded attributes of a user if neither an event nor an upload came within `expiry.attributes` ms. */
export function forgetAttributes(user: UserValue, now: number, expiry: Expiry): void {
  const since = knownSince(user)
  if (since > 0 && now - since > expiry.attributes) user.attributes = {}
  if (!hasAny(user.attributes)) user.attributesAt = 0
}

/** Deletes the state of a user, and uploaded attributes, after their expiry without an event. The version stays. */
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

/** Returns the time of the user's last event or attribute upload, in ms; 0 if neither is known. */
export function knownSince({ lastEventAt, attributesAt }: UserValue): number {
  return Math.max(lastEventAt, attributesAt)
}

function hasAny(attributes: UserValue['attributes']): boolean {
  return Object.keys(attributes).length > 0
}
