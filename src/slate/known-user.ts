import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Domain } from '../domain/domain.ts'
import { UnreadableStateError } from '../errors.ts'
import { forgetExpired } from '../state/expiry.ts'
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
 * Reads one value for each link of the chain. Of two merges at once there may be a circle for a moment, in which each id is a user of
 * its own.
 * @throws UnavailableError when the store does not answer
 */
export async function readKnownUser(reader: UserReader, userId: string, now: number): Promise<KnownUser> {
  const met = new Set<string>()
  let id = userId
  let user = await readUser(reader, id)
  while (user.mergedInto !== '' && !met.has(id)) {
    met.add(id)
    id = user.mergedInto
    user = await readUser(reader, id)
  }
  reader.accumulators.moveBack(user, now)
  forgetExpired(user, now, reader.domain.expiry)
  return { userId: id, user: user.optedOut ? newcomer(user) : user }
}

async function readUser(reader: UserReader, userId: string): Promise<UserValue> {
  const [bytes] = await reader.store.readValues([{ kind: 'user', id: userId }])
  return decoded(reader, userId, bytes)
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
