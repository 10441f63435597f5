import type { Ended } from '../state/ended.ts'
import { latestKept } from '../state/kept-events.ts'
import { kindOf, LAST_SEEN } from '../state/slots.ts'
import { lastEventOf, type UserValue, type UserValueCodec } from '../state/user-value.ts'
import { nextVersion } from '../state/version.ts'
import { DAY, MINUTE } from '../time-units.ts'
import type { AccumulatorSet } from './accumulator-set.ts'

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
function knownSince({ lastEventAt, attributesAt }: UserValue): number {
  return Math.max(lastEventAt, attributesAt)
}

function hasAny(attributes: UserValue['attributes']): boolean {
  return Object.keys(attributes).length > 0
}

export interface EndedOptions {
  /** ms of the clock that features see. */
  readonly now: number
  /** ms of the wall clock. */
  readonly wall: number
  readonly lateness: number
  readonly expiry: Expiry
  readonly accumulators: AccumulatorSet
}

/**
 * What may be dropped at `now`, since neither a read nor an event that is still accepted, at most `lateness` ms late, can see it
 * again: the rule has ended it for all of them. A user's version stays until the clock has passed it, so that the next is above it.
 */
export function endedAt({ now, wall, lateness, expiry, accumulators }: EndedOptions): Ended {
  const { layout, codec } = accumulators
  const userOver = now - lateness - expiry.user
  const itemOver = now - lateness - expiry.item
  return {
    user: (bytes) => {
      if (lastEventOf(bytes) >= userOver) return false
      const value = readable(codec, bytes)
      const kept = value ? keptFor(value, expiry) : 0
      if (!value || kept === 0) return false
      const since = knownSince(value)
      if (since >= now - lateness - kept) return false
      // Without an event or upload its version alone tells when it was last changed.
      return value.version < nextVersion(0, wall - (since === 0 ? kept : 0))
    },
    events: (kept) => latestKept(kept) < userOver,
    row: (entity, row) => row[layout.indexOf(LAST_SEEN[kindOf(entity)])] < itemOver,
  }
}

/** Undefined for a value that cannot be read, which stays for an operator to look at. */
function readable(codec: UserValueCodec, bytes: Uint8Array): UserValue | undefined {
  try {
    return codec.decode(bytes)
  } catch {
    return undefined
  }
}
