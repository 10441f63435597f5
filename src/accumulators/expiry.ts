import { DAY, MINUTE } from '../state/decay.ts'
import { latestKept } from '../state/kept-events.ts'
import type { Ended } from '../state/memory-contents.ts'
import { kindOf, LAST_SEEN } from '../state/slots.ts'
import { lastEventOf, type UserValue } from '../state/user-value.ts'
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

/** After how many ms without an event the store may drop a user's value; 0 for never: uploaded attributes, an opt-out and another id of a user do not expire. */
export function keptFor({ attributes, optedOut, mergedInto }: UserValue, expiry: Expiry): number {
  return Object.keys(attributes).length > 0 || optedOut || mergedInto !== '' ? 0 : expiry.user
}

/** Figures of a user end when no event came for as long as the rule says; uploaded attributes and the version stay. */
export function forgetExpired(user: UserValue, now: number, expiry: Expiry): void {
  if (user.lastEventAt === 0 || now - user.lastEventAt <= expiry.user) return
  user.lastEventAt = 0
  user.latestEventId = ''
  user.parts.clear()
  user.foreign.length = 0
}

/**
 * What may be dropped at `now`, since neither a read nor an event that is still accepted, at most `lateness` ms late, can see it
 * again: the rule has ended it for all of them.
 */
export function endedAt(now: number, lateness: number, expiry: Expiry, { layout, codec }: AccumulatorSet): Ended {
  const userOver = now - lateness - expiry.user
  const itemOver = now - lateness - expiry.item
  return {
    user: (value) => lastEventOf(value) < userOver && keptFor(codec.decode(value), expiry) !== 0,
    events: (kept) => latestKept(kept) < userOver,
    row: (entity, row) => row[layout.indexOf(LAST_SEEN[kindOf(entity)])] < itemOver,
  }
}
