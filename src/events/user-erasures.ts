import { userListId } from '../candidates/offline.ts'
import { UnavailableError, UnreadableStateError } from '../errors.ts'
import { invariant } from '../invariant.ts'
import { forEachConcurrently } from '../state/bounded-concurrency.ts'
import { type Erased, type ErasedSubject, NOTHING_ERASED, sumOfErased } from '../state/erasure-outcome.ts'
import type { StateStore } from '../state/store.ts'
import { stampOf } from '../state/user-value-codec.ts'
import { pause, systemTimers, type Timers } from '../timers.ts'
import type { People } from './people.ts'
import { findPerson, joined, type Person } from './person.ts'

export interface UserErasuresParts {
  readonly store: StateStore
  readonly people: People
  /** Timers; those of the system if absent. */
  readonly timers?: Timers
}

/** How long an erasure waits for others to share its pass over files and logs, in ms. */
const GATHERING_MS = 20
/** How often a round looks for ids anew, when others change them at the same time. */
const MARKING_ATTEMPTS = 10
/** Rounds in which an erasure takes part before it is refused. */
const ATTEMPTS = 10

/** Bytes that an erasure reads or writes for a point, as `CountBytes` counts them. */
const BYTES_A_POINT = 250
/** Points of the steps for each id of a person, and of the removal of each stored object or log entry. */
const [ID_POINTS, REMOVAL_POINTS] = [500, 25]

/** A call that waits for its round. */
interface Asked {
  readonly userId: string
  readonly charge: (points: number) => void
  /** Ids of the person that were found until now: another erasure may remove the value that lists them. */
  readonly known: Set<string>
  /** Rounds that it has taken part in. */
  rounds: number
  /** What went in earlier rounds. */
  erased: Erased
  readonly resolve: (erased: Erased) => void
  readonly reject: (error: unknown) => void
}

/** A person whom calls of one round name, under one id or several. */
interface Named {
  readonly asked: Asked[]
  person: Person
}

/** A person whose values are marked. */
interface Marked {
  readonly asked: readonly Asked[]
  readonly subjects: readonly ErasedSubject[]
}

/**
 * Removes all data of persons, under every id that became theirs: state, slates, lists and events. What they added to shared sums
 * stays, without a name.
 *
 * The erasures of one process run in rounds. Erasures that arrive during a round wait for the next one, and share its pass over
 * files and logs. Erasures of the same person, under any of the ids, are one. So only another process can change a person during a
 * round: the erasure then runs again in the next round.
 *
 * The first step empties and marks every value: from then on, nothing is recorded under the id. The value of the named id lists all
 * ids, and is removed last. If the erasure is interrupted, the same call finds the ids again.
 */
export class UserErasures {
  readonly #parts: UserErasuresParts
  #waiting: Asked[] = []
  #isRunning = false

  constructor(parts: UserErasuresParts) {
    this.#parts = parts
  }

  /**
   * @param userId any id of the person
   * @param charge receives the points of what is done, while it is done; calls of a round share those of its pass
   * @returns what went, by all calls of the round that named the person
   * @throws UnavailableError when it is not finished: send it again
   */
  erase(userId: string, charge: (points: number) => void = () => {}): Promise<Erased> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ userId, charge, known: new Set(), rounds: 0, erased: NOTHING_ERASED, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      await pause(this.#parts.timers ?? systemTimers, GATHERING_MS)
      const asked = this.#waiting
      this.#waiting = []
      await this.#round(asked)
    }
    this.#isRunning = false
  }

  async #round(all: readonly Asked[]): Promise<void> {
    const marked = await this.#mark(all)
    if (marked.length === 0) return
    try {
      const paying = marked.flatMap(({ asked }) => asked)
      const count = (bytes: number) => {
        for (const { charge } of paying) charge(bytes / BYTES_A_POINT / paying.length)
      }
      const outcomes = await this.#parts.store.erase(
        marked.map(({ subjects }) => subjects),
        count,
      )
      for (const [i, { changed, ...erased }] of outcomes.entries()) {
        const { asked } = marked[i]
        for (const one of asked) {
          one.charge((REMOVAL_POINTS * (erased.keys + erased.logEntries)) / asked.length)
          one.erased = sumOfErased(one.erased, erased)
          if (changed === undefined) one.resolve(one.erased)
          else this.#again(one)
        }
      }
    } catch (error) {
      for (const { asked } of marked) for (const one of asked) one.reject(error)
    }
  }

  /** @returns the persons that can be erased; the others wait for the next round, or are refused */
  async #mark(all: readonly Asked[]): Promise<readonly Marked[]> {
    const marked: Marked[] = []
    let rest = all
    for (let tries = 0; rest.length > 0 && tries < MARKING_ATTEMPTS; tries++) {
      const changed: Asked[] = []
      await forEachConcurrently(await this.#persons(rest), async ({ asked, person }) => {
        try {
          const stamps = await this.#markPerson(asked, person)
          if (stamps) marked.push({ asked, subjects: subjectsOf(asked[0].userId, stamps) })
          else changed.push(...asked)
        } catch (error) {
          if (error instanceof UnreadableStateError) changed.push(...asked)
          else for (const one of asked) one.reject(error)
        }
      })
      rest = changed
    }
    for (const one of rest) this.#again(one)
    return marked
  }

  #again(one: Asked): void {
    if (++one.rounds < ATTEMPTS) this.#waiting.push(one)
    else one.reject(new UnavailableError(`Too many requests change ${one.userId} at the same time: send the erasure again.`))
  }

  /** Calls that name ids of the same person come together. */
  async #persons(all: readonly Asked[]): Promise<readonly Named[]> {
    const persons: Named[] = []
    await forEachConcurrently(all, async (one) => {
      try {
        const person = await this.#find(one)
        const same = persons.filter((other) => [...person.values.keys()].some((id) => other.person.values.has(id)))
        for (const other of same) persons.splice(persons.indexOf(other), 1)
        persons.push({
          asked: [...same.flatMap(({ asked }) => asked), one],
          person: same.reduce((sum, other) => joined(other.person, sum), person),
        })
      } catch (error) {
        one.reject(error)
      }
    })
    return persons
  }

  /** Of a person whose stored values cannot all be read, only the named id is found. */
  async #find({ userId, known }: Asked): Promise<Person> {
    const { people } = this.#parts
    try {
      return await findPerson(userId, known, people)
    } catch (error) {
      if (!(error instanceof UnreadableStateError)) throw error
      return { values: new Map(), expected: [] }
    }
  }

  /**
   * Marks every value of a person.
   * @param asked the calls that name them: the first one's id goes last
   * @returns the stamps of the values by id; undefined when others changed something meanwhile. If a stored value cannot be read, only
   * the named id is known, and is not marked: nothing can be recorded under it.
   */
  async #markPerson(asked: readonly Asked[], person: Person): Promise<ReadonlyMap<string, string> | undefined> {
    const [{ userId, known }] = asked
    if (person.values.size === 0) return this.#unreadable(userId)
    for (const one of asked) {
      one.charge((ID_POINTS * person.values.size) / asked.length)
      for (const id of person.values.keys()) one.known.add(id)
    }
    if (!(await this.#markValues(userId, person))) return undefined
    // An id that has left by now is found; one that has not finds the mark when it tries again.
    const marked = await findPerson(userId, known, this.#parts.people)
    if (marked.values.size !== person.values.size) return undefined
    const stamps = new Map<string, string>()
    for (const [id, { value, stamp }] of marked.values) {
      if (!person.values.has(id) || (stamp !== '' && value.links.erasing.length === 0)) return undefined
      stamps.set(id, stamp)
    }
    return stamps
  }

  /** @returns false when a value speaks of other ids by now */
  async #markValues(userId: string, { values, expected }: Person): Promise<boolean> {
    const { people } = this.#parts
    const all = [...values.keys()]
    const taken = new Set([...values.values()].flatMap(({ value }) => value.links.mergedFrom))
    const named = values.get(userId)!
    const others = [...values.values()].filter(({ id }) => id !== userId)
    // Whoever is a user of their own goes first: from here on nothing is added to the person, or carried away.
    const roots = others.filter(({ value }) => value.links.owner === '')
    for (const met of named.value.links.owner === '' ? [named, ...roots] : [...roots, named]) {
      if (!(await people.markErasing(met, all, taken.has(met.id)))) return false
    }
    let isAsRead = true
    await forEachConcurrently(others, async (met) => {
      if (met.value.links.owner !== '' && !(await people.markErasing(met, [userId], taken.has(met.id)))) isAsRead = false
    })
    await forEachConcurrently(expected, (id) => people.holdBack(id))
    return isAsRead
  }

  async #unreadable(userId: string): Promise<ReadonlyMap<string, string>> {
    const [bytes] = await this.#parts.store.readValues([{ kind: 'user', id: userId }])
    return new Map([[userId, stampOf(bytes)]])
  }
}

/** The named id last. */
function subjectsOf(userId: string, stamps: ReadonlyMap<string, string>): ErasedSubject[] {
  // Without the stamp that was read, whoever uses the id anew would be erased.
  invariant(stamps.has(userId), 'ERASURE_OF_ANOTHER', 'an erasure would not know the value of the id that it names.')
  const ids = [...[...stamps.keys()].filter((id) => id !== userId), userId]
  return ids.flatMap((id): ErasedSubject[] => [
    { kind: 'list', id: userListId(id) },
    { kind: 'user', id, expected: stamps.get(id) },
  ])
}
