import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { forgetExpired } from '../accumulators/expiry.ts'
import type { Domain } from '../domain/domain.ts'
import type { StateStore } from '../state/store.ts'
import { UserValue } from '../state/user-value.ts'

export interface KnownUser {
  /** Of an id that became another's, that user. */
  readonly userId: string
  readonly user: UserValue
}

export interface UserReader {
  readonly store: StateStore
  readonly accumulators: AccumulatorSet
  readonly domain: Domain
}

/**
 * The user as they stand at `now`: of an id that became another's, that user; a newcomer where nothing is known, what was known has
 * expired, or they have opted out.
 * @param met ids on the way here: of two merges at once there may be a circle for a moment, in which each is whose it was
 * @throws UnavailableError when the store does not answer
 */
export async function readKnownUser(
  { store, accumulators, domain }: UserReader,
  userId: string,
  now: number,
  met: readonly string[] = [],
): Promise<KnownUser> {
  const [bytes] = await store.readValues([{ kind: 'user', id: userId }])
  const user = accumulators.codec.decode(bytes)
  if (user.mergedInto !== '' && !met.includes(userId)) {
    return readKnownUser({ store, accumulators, domain }, user.mergedInto, now, [...met, userId])
  }
  forgetExpired(user, now, domain.expiry)
  return { userId, user: user.optedOut ? newcomer(user) : user }
}

/** Someone who has opted out, as recommendations and analysts see them: their version, which must not fall, and nothing else. */
function newcomer({ version }: UserValue): UserValue {
  const user = new UserValue()
  user.version = version
  user.optedOut = true
  return user
}
