import { type Expiry, type ExpiryTests, keptFor, knownSince } from '../state/expiry.ts'
import { latestKept } from '../state/kept-events.ts'
import { kindOf } from '../state/slots.ts'
import { nextVersion, type UserValue } from '../state/user-value.ts'
import { lastEventOf, type UserValueCodec } from '../state/user-value-codec.ts'
import type { AccumulatorSet } from './accumulator-set.ts'

export interface ExpiryTestsOptions {
  /** Time of the clock of features, in ms. */
  readonly now: number
  /** Time of the wall clock, in ms. */
  readonly wall: number
  readonly lateness: number
  readonly expiry: Expiry
  readonly accumulators: AccumulatorSet
}

/**
 * Returns tests of which state may be deleted at `now`: state that has expired for every read and for every event that is still
 * accepted (at most `lateness` ms late). A user's version is kept until the wall clock has passed it, so that the next version is
 * higher.
 */
export function expiryTestsAt({ now, wall, lateness, expiry, accumulators }: ExpiryTestsOptions): ExpiryTests {
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
    // A set may gain before its item is seen: that of an item that was uploaded again, while a session still knows it.
    row: (entity, row) => {
      const { lastSeen, sets } = layout.timesIn(kindOf(entity))
      return row[lastSeen] < itemOver && sets.every(({ latest }) => !(row[latest] >= itemOver))
    },
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
