import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { userListId } from '../candidates/offline.ts'
import { ErasureConflictError, UnavailableError, UnreadableStateError } from '../errors.ts'
import { forEachConcurrently } from '../state/bounded-concurrency.ts'
import type { Erased, ErasedSubject, StateStore } from '../state/store.ts'
import { stampOf } from '../state/user-value.ts'
import type { Met, UserMerges } from './user-merges.ts'

export interface UserErasureParts {
  readonly store: StateStore
  readonly accumulators: AccumulatorSet
  readonly merges: UserMerges
}

/** Values that are read at once. */
const AT_ONCE = 500
/** How often an erasure looks again for ids, when others change them at the same time. */
const ATTEMPTS = 50

/** All ids of one person, and the users whom ids of others may be about to become theirs. */
interface Person {
  readonly values: ReadonlyMap<string, Met>
  /** Ids that a merge was about to make theirs, and that are users of their own. */
  readonly expected: readonly string[]
}

/**
 * Removes all that is known of a person, under every id that became theirs: state, slates, lists, events. It may name any of the ids.
 * What they added to shared sums stays, under no name.
 *
 * First every value is emptied and marked: from then on nothing is recorded under the id. The value of the named id lists all ids, and
 * goes last. If the erasure is cut short, the same call finds them again.
 * @returns how many values and log entries went
 * @throws UnavailableError when it is not finished: send it again
 */
export async function eraseUser(userId: string, parts: UserErasureParts): Promise<Erased> {
  const known = new Set<string>()
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    const stamps = await markedStamps(userId, known, parts)
    if (!stamps) continue
    try {
      return await parts.store.erase(subjectsOf(userId, stamps))
    } catch (error) {
      if (!(error instanceof ErasureConflictError)) throw error
    }
  }
  throw new UnavailableError(`${userId} was merged again and again during the erasure: send the erasure again.`)
}

/**
 * Marks every value of the person.
 * @param known ids that were found before, and get those that are found: another erasure may remove the value that lists them
 * @returns the stamps of the values by id; undefined when others changed something meanwhile. If a stored value cannot be read, only
 * the named id is known, and is not marked: nothing can be recorded under it.
 */
async function markedStamps(
  userId: string,
  known: Set<string>,
  parts: UserErasureParts,
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return await markPerson(userId, known, parts)
  } catch (error) {
    if (!(error instanceof UnreadableStateError)) throw error
    const [bytes] = await parts.store.readValues([{ kind: 'user', id: userId }])
    return new Map([[userId, stampOf(bytes)]])
  }
}

async function markPerson(
  userId: string,
  known: Set<string>,
  parts: UserErasureParts,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { merges } = parts
  const { values, expected } = await findPerson(userId, known, parts)
  const all = [...values.keys()]
  for (const id of all) known.add(id)
  const named = values.get(userId)!
  const others = [...values.values()].filter(({ id }) => id !== userId)
  // Whoever is a user of their own goes first: from here on nothing is added to the person, or carried away.
  const roots = others.filter(({ value }) => value.mergedInto === '')
  for (const met of named.value.mergedInto === '' ? [named, ...roots] : [...roots, named]) {
    if (!(await merges.markErasing(met, all))) return undefined
  }
  let isAsRead = true
  await forEachConcurrently(others, async (met) => {
    if (met.value.mergedInto !== '' && !(await merges.markErasing(met, [userId]))) isAsRead = false
  })
  await forEachConcurrently(expected, (id) => merges.holdBack(id))
  if (!isAsRead) return undefined
  // An id that has left by now is found; one that has not finds the mark when it tries again.
  const marked = await findPerson(userId, known, parts)
  if (marked.values.size !== values.size) return undefined
  const stamps = new Map<string, string>()
  for (const [id, { value, stamp }] of marked.values) {
    if (!values.has(id) || (stamp !== '' && value.erasing.length === 0)) return undefined
    stamps.set(id, stamp)
  }
  return stamps
}

/** Follows what values say of other ids, from the chain of an id and from ids that were theirs before. */
async function findPerson(userId: string, known: ReadonlySet<string>, { merges }: UserErasureParts): Promise<Person> {
  const values = new Map<string, Met>()
  const expected = new Set<string>()
  const chain = new Set(await merges.chainOf(userId))
  // Of those that have gone since nothing is left, and whoever begins anew under such an id is nobody of theirs.
  const remembered = (await merges.readAll([...known])).filter(({ stamp }) => stamp !== '')
  let next: readonly string[] = [...new Set([...chain, ...remembered.map(({ id }) => id)])]
  while (next.length > 0) {
    const found = new Set<string>()
    for (let start = 0; start < next.length; start += AT_ONCE) {
      const read = await merges.readAll(next.slice(start, start + AT_ONCE))
      // Those of whom it is plain come first: others may have become theirs.
      for (const isPlain of [true, false]) {
        for (const met of read) {
          if (values.has(met.id) || isPlain !== (chain.has(met.id) || isPlainlyOf(values, expected, met))) continue
          if (!isPlain && !(await isOf(values, met, merges))) continue
          values.set(met.id, met)
          const { mergedInto, mergedFrom, arriving, erasing } = met.value
          // It may have left since the chain was read.
          if (mergedInto !== '' && !values.has(mergedInto)) chain.add(mergedInto) && found.add(mergedInto)
          for (const id of [...mergedFrom, ...erasing, ...arriving]) found.add(id)
          for (const id of arriving) expected.add(id)
        }
      }
    }
    next = [...found].filter((id) => !values.has(id))
  }
  return { values, expected: [...expected].filter((id) => !values.has(id)) }
}

/** Whether an id that a value of the person lists is theirs, as its own value tells: absent, marked, or of another of their ids. */
function isPlainlyOf(values: ReadonlyMap<string, Met>, expected: ReadonlySet<string>, { id, value, stamp }: Met): boolean {
  if (value.mergedInto !== '') return values.has(value.mergedInto)
  return value.erasing.length > 0 || (stamp === '' && !expected.has(id))
}

/** A user of their own began anew after an earlier erasure, or has not become theirs yet. */
async function isOf(values: ReadonlyMap<string, Met>, { value }: Met, merges: UserMerges): Promise<boolean> {
  return value.mergedInto !== '' && values.has(await merges.ownerOf(value.mergedInto))
}

/** The named id last. */
function subjectsOf(userId: string, stamps: ReadonlyMap<string, string>): ErasedSubject[] {
  const ids = [...[...stamps.keys()].filter((id) => id !== userId), userId]
  return ids.flatMap((id): ErasedSubject[] => [
    { kind: 'list', id: userListId(id) },
    { kind: 'user', id, expected: stamps.get(id) },
  ])
}
