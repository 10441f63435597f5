import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { userListId } from '../candidates/offline.ts'
import { UnreadableStateError } from '../errors.ts'
import type { Erased, StateStore, Subject } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'
import type { UserMerges } from './user-merges.ts'

export interface UserErasureParts {
  readonly store: StateStore
  readonly accumulators: AccumulatorSet
  readonly merges: UserMerges
}

/** Values that are read at once. */
const AT_ONCE = 500

/**
 * Removes all that is known of a person, under every id that became theirs: state, slates, lists, events. It may name any of the ids.
 * What they added to shared sums stays, under no name.
 *
 * Merges that have begun are finished first. All ids are then written into the value of the named id, which goes last: if the erasure
 * is cut short, the same call finds them again.
 * @returns how many values and log entries went
 * @throws UnavailableError when it is not finished: send it again
 */
export async function eraseUser(userId: string, parts: UserErasureParts): Promise<Erased> {
  const ids = await idsOf(userId, parts)
  return parts.store.erase(subjectsOf([...ids.filter((id) => id !== userId), userId]))
}

/** All ids of the person. If a stored value of theirs cannot be read, only the named id is known. */
async function idsOf(userId: string, parts: UserErasureParts): Promise<readonly string[]> {
  try {
    return await noteIds(userId, parts)
  } catch (error) {
    if (error instanceof UnreadableStateError) return [userId]
    throw error
  }
}

/** Finds the ids of a person, and writes them down where an erasure looks for them. */
async function noteIds(userId: string, parts: UserErasureParts): Promise<string[]> {
  const { merges } = parts
  for (;;) {
    const chain = await merges.settledChainOf(userId, true)
    const values = await idsFrom(chain, parts)
    const ids = [...values.keys()]
    const owner = chain.at(-1)!
    // The owner first: from here on no merge begins with them, so that nothing is added to the person, or carried away.
    const value = values.get(owner)!
    if (value.mergedInto !== '' || !(await merges.noteErasure(owner, value, ids))) continue
    if (userId === owner || (await merges.noteErasure(userId, values.get(userId)!, ids))) return ids
  }
}

/** Follows what values list, from the ids of a chain on. @returns every id of the person with its value */
async function idsFrom(
  chain: readonly string[],
  { store, accumulators, merges }: UserErasureParts,
): Promise<Map<string, UserValue>> {
  const values = new Map<string, UserValue>()
  const owner = chain.at(-1)!
  for (let next: readonly string[] = chain; next.length > 0; ) {
    const found = new Set<string>()
    for (let start = 0; start < next.length; start += AT_ONCE) {
      const ids = next.slice(start, start + AT_ONCE)
      const read = await store.readValues(ids.map((id) => ({ kind: 'user', id })))
      for (const [i, id] of ids.entries()) {
        const value = accumulators.codec.decodeOf(id, read[i])
        values.set(id, value)
        for (const listed of [...value.mergedFrom, ...value.erasing]) found.add(listed)
        // It may not have left, or may have become someone else's.
        for (const listed of value.arriving) {
          if (listed !== owner && (await merges.settledChainOf(listed, true)).at(-1) === owner) found.add(listed)
        }
      }
    }
    next = [...found].filter((id) => !values.has(id))
  }
  return values
}

function subjectsOf(ids: readonly string[]): Subject[] {
  return ids.flatMap((id): Subject[] => [
    { kind: 'list', id: userListId(id) },
    { kind: 'user', id },
  ])
}
