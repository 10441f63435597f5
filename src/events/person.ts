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
export async function findPerson(userId: string, known: ReadonlySet<string>, people: PeopleReader): Promise<Person> {
  const values = new Map<string, Met>()
  const expected = new Set<string>()
  // Ids that the values of the person name as their owner.
  const owners = new Set([userId])
  // Of those that have gone since nothing is left, and whoever begins anew under such an id is nobody of theirs.
  const remembered = (await people.readAll([...known])).filter(({ stamp }) => stamp !== '')
  let next: readonly string[] = [...new Set([userId, ...remembered.map(({ id }) => id)])]
  while (next.length > 0) {
    const found = new Set<string>()
    for (let start = 0; start < next.length; start += AT_ONCE) {
      const read = await people.readAll(next.slice(start, start + AT_ONCE))
      // Those of whom it is plain come first: others may have become theirs.
      for (const isPlain of [true, false]) {
        for (const met of read) {
          if (values.has(met.id) || isPlain !== (owners.has(met.id) || isPlainlyOf(values, expected, met))) continue
          if (!isPlain && !(await isOf(values, met, people))) continue
          values.set(met.id, met)
          const { owner, arriving, ids } = met.value.links
          if (owner !== '') owners.add(owner)
          for (const id of ids) found.add(id)
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
  const { owner, erasing } = value.links
  if (owner !== '') return values.has(owner)
  return erasing.length > 0 || (stamp === '' && !expected.has(id))
}

/** A user of their own began anew after an earlier erasure, or has not become theirs yet. */
async function isOf(values: ReadonlyMap<string, Met>, { value }: Met, people: PeopleReader): Promise<boolean> {
  const { owner } = value.links
  if (owner === '') return false
  const { path, circle } = await people.walk(owner)
  return values.has((circle[0] ?? path.at(-1)!).id)
}

export interface PeopleReaderParts {
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
 * An id and its owner. Between them, while merges are under way, other ids of which each names the next one. Merges at the same time
 * can form a circle: `circle` then has the ids of the circle at the end of the walk.
 */
export interface Walk {
  readonly path: readonly Met[]
  readonly circle: readonly Met[]
}

/**
 * Reads the user that an id stands for. An id that was merged points at its owner. While a merge is under way, the id that moves
 * still stands for itself, and its state is whole. So at most two values are read.
 */
export async function readStanding<T extends Pick<Met, 'value'>>(userId: string, read: (id: string) => Promise<T>): Promise<T> {
  const met = await read(userId)
  const { owner, isMoving } = met.value.links
  return owner === '' || isMoving ? met : read(owner)
}

/** Reads the users that ids stand for. Changes nothing. */
export class PeopleReader {
  readonly #reads: PeopleReaderParts

  constructor(parts: PeopleReaderParts) {
    this.#reads = parts
  }

  /** Returns the user that the id stands for now: the id itself, or the user that it was merged into. */
  async ownerOf(userId: string): Promise<string> {
    return (await this.standingOf(userId)).id
  }

  /** Reads the user that the id stands for now. */
  standingOf(userId: string): Promise<Met> {
    return readStanding(userId, (id) => this.read(id))
  }

  /** Follows an id through merges that are under way, until a value names no owner or was met before. */
  async walk(userId: string): Promise<Walk> {
    const path: Met[] = []
    for (let id = userId; ; ) {
      const place = path.findIndex((met) => met.id === id)
      if (place >= 0) return { path, circle: path.slice(place) }
      const met = await this.read(id)
      path.push(met)
      if (met.value.links.owner === '') return { path, circle: [] }
      id = met.value.links.owner
    }
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
    for (let next = value.links.mergedFrom; next.length > 0 && ids.length <= most; ) {
      for (const id of next) seen.add(id)
      const listed: string[] = []
      for (let start = 0; start < next.length && ids.length <= most; start += AT_ONCE) {
        for (const met of await this.readAll(next.slice(start, start + AT_ONCE))) {
          if (met.value.links.owner === '') continue
          ids.push(met)
          listed.push(...met.value.links.mergedFrom)
        }
      }
      next = [...new Set(listed)].filter((id) => !seen.has(id))
    }
    return ids
  }

  protected async read(id: string): Promise<Met> {
    return (await this.readAll([id]))[0]
  }
}
