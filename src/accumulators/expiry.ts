import { DAY, MINUTE } from '../state/decay.ts'
import { latestKept } from '../state/kept-events.ts'
import type { Ended } from '../state/memory-contents.ts'
import { kindOf, LAST_SEEN } from '../state/slots.ts'
import { lastEventOf, type UserValue } from '../state/user-value.ts'
import { nextVersion } from '../state/version.ts'
import type { AccumulatorSet } from './accumulator-set.ts'

/** How long figures count after their last event, in ms of event time. The rule is applied when reading, the same in every store. */
export interface Expiry {
  readonly user: number
  /** Items, and values of attributes. */
  readonly item: number
  readonly pair: number
  /** A session ends after this long without an event. */
  readonly session: number
}

export const DEFAULT_EXPIRY: Expiry = { user: 90 * DAY, item: 90 * DAY, pair: 30 * DAY, session: 30 * MINUTE }

/** After how many ms without an event the store may drop a user's value; 0 for never: uploaded attributes, an opt-out and whose ids are whose do not expire. */
export function keptFor({ attributes, optedOut, mergedInto, mergedFrom, arriving }: UserValue, expiry: Expiry): number {
  const hasIds = mergedInto !== '' || mergedFrom.length > 0 || arriving.length > 0
  return Object.keys(attributes).length > 0 || optedOut || hasIds ? 0 : expiry.user
}

/** Figures of a user end when no event came for as long as the rule says; uploaded attributes and the version stay. */
export function forgetExpired(user: UserValue, now: number, expiry: Expiry): void {
  if (user.lastEventAt === 0 || now - user.lastEventAt <= expiry.user) return
  user.lastEventAt = 0
  user.latestEventId = ''
  user.parts.clear()
  user.foreign.length = 0
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
      const lastEventAt = lastEventOf(bytes)
      if (lastEventAt >= userOver) return false
      const value = codec.decode(bytes)
      // Without an event its version alone tells when it was last changed.
      const known = lastEventAt === 0 ? expiry.user : 0
      return keptFor(value, expiry) !== 0 && value.version < nextVersion(0, wall - known)
    },
    events: (kept) => latestKept(kept) < userOver,
    row: (entity, row) => row[layout.indexOf(LAST_SEEN[kindOf(entity)])] < itemOver,
  }
}
