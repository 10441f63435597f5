import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { userListId } from '../candidates/offline.ts'
import type { Erased, StateStore, Subject } from '../state/store.ts'
import type { UserMerges } from './user-merges.ts'

export interface UserErasureParts {
  readonly store: StateStore
  readonly accumulators: AccumulatorSet
  readonly merges: UserMerges
}

/**
 * Removes all that is known of a person, under every id that became theirs: state, slates, lists, events. What they added to figures
 * that are shared stays, under no name. Erasing again is safe, and finishes what was cut short.
 * @returns how many values and log entries went @throws UnavailableError when it is not finished: send it again
 */
export async function eraseUser(userId: string, { store, accumulators, merges }: UserErasureParts): Promise<Erased> {
  const owner = await merges.ownerOf(userId)
  const [bytes] = await store.readValues([{ kind: 'user', id: owner }])
  const ids = new Set([userId, owner, ...accumulators.codec.decode(bytes).mergedFrom])
  const subjects = [...ids].flatMap((id): Subject[] => [
    { kind: 'user', id },
    { kind: 'list', id: userListId(id) },
  ])
  return store.erase(subjects)
}
