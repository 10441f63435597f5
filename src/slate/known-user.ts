import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { forgetExpired } from '../accumulators/expiry.ts'
import type { Domain } from '../domain/domain.ts'
import { UnreadableStateError } from '../errors.ts'
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
  /** Told when a user's stored state cannot be read, and they are met as a newcomer. */
  readonly onUnreadable?: (error: UnreadableStateError) => void
}

/**
 * The user as they stand at `now`: of an id that became another's, that user; a newcomer where nothing is known, what was known has
 * expired or cannot be read, or they have opted out.
 * @param met ids on the way here: of two merges at once there may be a circle for a moment, in which each is whose it was
 * @throws UnavailableError when the store does not answer
 */
export async function readKnownUser(
  reader: UserReader,
  userId: string,
  now: number,
  met: readonly string[] = [],
): Promise<KnownUser> {
  const { store, domain } = reader
  const [bytes] = await store.readValues([{ kind: 'user', id: userId }])
  const user = decoded(reader, userId, bytes)
  if (user.mergedInto !== '' && !met.includes(userId)) {
    return readKnownUser(reader, user.mergedInto, now, [...met, userId])
  }
  reader.accumulators.moveBack(user, now)
  forgetExpired(user, now, domain.expiry)
  return { userId, user: user.optedOut ? newcomer(user) : user }
}

function decoded({ accumulators, onUnreadable }: UserReader, userId: string, bytes: Uint8Array | undefined): UserValue {
  try {
    return accumulators.codec.decodeOf(userId, bytes)
  } catch (error) {
    if (!(error instanceof UnreadableStateError)) throw error
    onUnreadable?.(error)
    return new UserValue()
  }
}

/** Someone who has opted out, as recommendations and analysts see them: their version, which must not fall, and nothing else. */
function newcomer({ version }: UserValue): UserValue {
  const user = new UserValue()
  user.version = version
  user.optedOut = true
  return user
}
