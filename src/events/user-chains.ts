import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { StateStore } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'
import { stampOf } from '../state/user-value-codec.ts'

/** Values that are read at once. */
const AT_ONCE = 500

/** All ids of one person, and the users whom ids of others may be about to become theirs. */
export interface Person {
  readonly values: ReadonlyMap<string, Met>
  /** Ids that a merge was about to make theirs, and that are users of their own. */
  readonly expected: readonly string[]
}

/**
 * Follows what values say of other ids, from the chain of an id and from ids that were theirs before.
 * @param known ids that were found before: another erasure may have removed the value that lists them
 */
export async function findPerson(userId: string, known: ReadonlySet<string>, chains: UserChains): Promise<Person> {
  const values = new Map<string, Met>()
  const expected = new Set<string>()
  const chain = new Set(await chains.chainOf(userId))
  // Of those that have gone since nothing is left, and whoever begins anew under such an id is nobody of theirs.
  const remembered = (await chains.readAll([...known])).filter(({ stamp }) => stamp !== '')
  let next: readonly string[] = [...new Set([...chain, ...remembered.map(({ id }) => id)])]
  while (next.length > 0) {
    const found = new Set<string>()
    for (let start = 0; start < next.length; start += AT_ONCE) {
      const read = await chains.readAll(next.slice(start, start + AT_ONCE))
      // Those of whom it is plain come first: others may have become theirs.
      for (const isPlain of [true, false]) {
        for (const met of read) {
          if (values.has(met.id) || isPlain !== (chain.has(met.id) || isPlainlyOf(values, expected, met))) continue
          if (!isPlain && !(await isOf(values, met, chains))) continue
          values.set(met.id, met)
          const { mergedInto, arriving, linkedIds } = met.value
          // It may have left since the chain was read.
          if (mergedInto !== '') chain.add(mergedInto)
          for (const id of linkedIds) found.add(id)
          for (const id of arriving) expected.add(id)
        }
      }
    }
    next = [...found].filter((id) => !values.has(id))
  }
  return { values, expected: [...expected].filter((id) => !values.has(id)) }
}

/** Joins two persons whose ids turned out to belong to one person. */
export function joined(one: Person, other: Person): Person {
  const values = new Map([...one.values, ...other.values])
  const expected = new Set([...one.expected, ...other.expected])
  return { values, expected: [...expected].filter((id) => !values.has(id)) }
}

/** Whether an id that a value of the person lists is theirs, as its own value tells: absent, marked, or of another of their ids. */
function isPlainlyOf(values: ReadonlyMap<string, Met>, expected: ReadonlySet<string>, { id, value, stamp }: Met): boolean {
  if (value.mergedInto !== '') return values.has(value.mergedInto)
  return value.erasing.length > 0 || (stamp === '' && !expected.has(id))
}

/** A user of their own began anew after an earlier erasure, or has not become theirs yet. */
async function isOf(values: ReadonlyMap<string, Met>, { value }: Met, chains: UserChains): Promise<boolean> {
  return value.mergedInto !== '' && values.has(await chains.ownerOf(value.mergedInto))
}

/** Values that are read at once. */
const READ_AT_ONCE = 500

export interface UserChainsParts {
  readonly store: Pick<StateStore, 'readValues'>
  readonly accumulators: AccumulatorSet
}

/** An id with its user value, as read from the store. */
export interface Met {
  readonly id: string
  readonly value: UserValue
  readonly stamp: string
}

/**
 * An id and its owner. Between them, if merges are under way or an earlier version stored them, other ids of which each names the
 * next one. Merges at the same time can form a circle: `circle` then has the ids of the circle at the end of the walk.
 */
export interface Walk<T> {
  readonly path: readonly T[]
  readonly circle: readonly T[]
}

/** Follows an id from value to value until one names no owner, or was met before. */
export async function walkFrom<T extends Pick<Met, 'id' | 'value'>>(
  userId: string,
  read: (id: string) => Promise<T>,
): Promise<Walk<T>> {
  const path: T[] = []
  for (let id = userId; ; ) {
    const place = path.findIndex((met) => met.id === id)
    if (place >= 0) return { path, circle: path.slice(place) }
    const met = await read(id)
    path.push(met)
    if (met.value.mergedInto === '') return { path, circle: [] }
    id = met.value.mergedInto
  }
}

/** Returns the owner at the end of a walk. In a circle, each id is still a user of its own. */
export function endOf<T>({ path, circle }: Walk<T>): T {
  return circle[0] ?? path.at(-1)!
}

/** Follows merged ids to the users that they stand for. Changes nothing. */
export class UserChains {
  readonly #reads: UserChainsParts

  constructor(parts: UserChainsParts) {
    this.#reads = parts
  }

  /** Returns the user that the id stands for now: the id itself, or the user that it was merged into. */
  async ownerOf(userId: string): Promise<string> {
    return (await this.standingOf(userId)).id
  }

  /** Reads the user that the id stands for now. */
  async standingOf(userId: string): Promise<Met> {
    return endOf(await this.walk(userId))
  }

  /**
   * Returns the chain of merges: the id, the user that it was merged into, and so on. In a circle, which can exist for a moment,
   * each id is still a user of its own.
   */
  async chainOf(userId: string): Promise<string[]> {
    const { path, circle } = await this.walk(userId)
    const ids = path.map(({ id }) => id)
    if (circle.length === 0) return ids
    return [...ids.filter((id) => id !== circle[0].id), circle[0].id]
  }

  /** Reads the values of ids. @throws UnreadableStateError if a stored value cannot be decoded */
  async readAll(ids: readonly string[]): Promise<Met[]> {
    const { store, accumulators } = this.#reads
    const values = await store.readValues(ids.map((id) => ({ kind: 'user', id })))
    return ids.map((id, i) => ({ id, value: accumulators.codec.decodeOf(id, values[i]), stamp: stampOf(values[i]) }))
  }

  /**
   * Reads all ids that were merged into a user, or into one of these ids.
   * @param most stops after more ids than this
   */
  async idsOf({ id: userId, value }: Met, most = Number.POSITIVE_INFINITY): Promise<Met[]> {
    const seen = new Set([userId])
    const ids: Met[] = []
    for (let next = value.mergedFrom; next.length > 0 && ids.length <= most; ) {
      for (const id of next) seen.add(id)
      const listed: string[] = []
      for (let start = 0; start < next.length && ids.length <= most; start += READ_AT_ONCE) {
        for (const met of await this.readAll(next.slice(start, start + READ_AT_ONCE))) {
          if (met.value.mergedInto === '') continue
          ids.push(met)
          listed.push(...met.value.mergedFrom)
        }
      }
      next = [...new Set(listed)].filter((id) => !seen.has(id))
    }
    return ids
  }

  protected async read(id: string): Promise<Met> {
    return (await this.readAll([id]))[0]
  }

  protected walk(userId: string): Promise<Walk<Met>> {
    return walkFrom(userId, (id) => this.read(id))
  }
}
