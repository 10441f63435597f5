import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Domain } from '../domain/domain.ts'
import { UnreadableStateError } from '../errors.ts'
import { endOf, walkFrom } from '../events/user-chains.ts'
import { whySilent } from '../state/consent.ts'
import { forgetExpired } from '../state/expiry.ts'
import type { StateStore } from '../state/store.ts'
import { UserValue } from '../state/user-value.ts'

/** A user for whom a slate or an answer is made, with a state that the caller may use. */
export interface KnownUser {
  /** Id of the user. For a merged id, the user that it was merged into. */
  readonly userId: string
  readonly user: UserValue
}

/** The parts of the service from which a user is read. */
export interface UserReader {
  readonly store: StateStore
  readonly accumulators: AccumulatorSet
  readonly domain: Domain
  /** Called if the stored state of a user cannot be read. The user then counts as new. */
  readonly onUnreadable?: (error: UnreadableStateError) => void
}

/**
 * Reads the user at `now`. A merged id gives the user that it was merged into. The user counts as new if nothing is known, if the
 * state has expired or cannot be read, or if the service is silent about the user (opt-out, or no consent).
 * @throws UnavailableError if the store does not answer
 */
export async function readKnownUser(reader: UserReader, userId: string, now: number): Promise<KnownUser> {
  const walk = await walkFrom(userId, async (id) => ({ id, value: await readUser(reader, id) }))
  const { id, value: user } = endOf(walk)
  forgetExpired(user, now, reader.domain.expiry)
  return { userId: id, user: whySilent(user, reader.domain, now) ? newcomer(user) : user }
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

/** Someone who has opted out or has not consented, as recommendations and analysts see them: their version, which must not fall, and nothing else. */
function newcomer({ version }: UserValue): UserValue {
  const user = new UserValue()
  user.version = version
  user.optedOut = true
  return user
}
