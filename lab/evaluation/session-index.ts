import { Numbering } from '../numbering.ts'

/** Sessions kept for each item: the largest sample that a method may ask for. */
export const LARGEST_SAMPLE = 5000

/** One session of the log, by numbers of items. */
export interface IndexedSession {
  /** Distinct items, in the order of the latest action on each. */
  readonly items: number[]
  /** For each of these items, the place of the latest action on it within the session, from 1. */
  readonly places: number[]
  /** Number of actions so far. */
  length: number
  /** Rank of its latest action among all actions of the log: unique, higher for later. */
  last: number
  /** Time of its latest action, in ms. */
  lastAt: number
}

/**
 * The sessions of a log as far as it was learned, by their items: what the nearest-neighbour methods search. It learns action by
 * action. For each item it keeps at least the latest 5,000 sessions that contain it, and at most 10,000.
 */
export class SessionIndex {
  readonly #open = new Map<string, number>()
  readonly #sessions: IndexedSession[] = []
  readonly #numbers = new Numbering<string>()
  readonly #holders: number[][] = []
  readonly #support: number[] = []
  #actions = 0

  /** Learns an action of a session on an item. @param at time in ms, not before that of any other action */
  learn(sessionKey: string, itemId: string, at: number): void {
    const number = this.#sessionNumber(sessionKey)
    const session = this.#sessions[number]
    const item = this.#itemNumber(itemId)
    session.last = ++this.#actions
    session.lastAt = at
    session.length++
    const held = session.items.indexOf(item)
    if (held >= 0) {
      session.items.splice(held, 1)
      session.places.splice(held, 1)
    }
    session.items.push(item)
    session.places.push(session.length)
    if (held < 0) this.#hold(item, number)
  }

  /** Ends a session: nothing more of it will be learned. What was learned stays. */
  end(sessionKey: string): void {
    this.#open.delete(sessionKey)
  }

  /** Number of sessions learned. */
  get sessions(): number {
    return this.#sessions.length
  }

  /** Number of items learned. Items have the numbers from 0. */
  get items(): number {
    return this.#numbers.names.length
  }

  /** Returns the number of a session that has not ended, or undefined. */
  numberOf(sessionKey: string): number | undefined {
    return this.#open.get(sessionKey)
  }

  session(number: number): IndexedSession {
    return this.#sessions[number]
  }

  /** Returns the number of an item; undefined if no learned session contains it. */
  itemNumber(itemId: string): number | undefined {
    return this.#numbers.find(itemId)
  }

  itemId(item: number): string {
    return this.#numbers.names[item]
  }

  /** Returns the numbers of the latest sessions that contain an item, in no particular order. */
  holders(item: number): readonly number[] {
    return this.#holders[item]
  }

  /** Returns the number of sessions that contain an item, also of those that are no longer among its holders. */
  support(item: number): number {
    return this.#support[item]
  }

  /** Returns the inverse document frequency of an item: ln(number of sessions / number of sessions with the item). */
  idf(item: number): number {
    return Math.log(this.sessions / this.#support[item])
  }

  #hold(item: number, session: number): void {
    this.#support[item]++
    const holders = this.#holders[item]
    holders.push(session)
    if (holders.length < 2 * LARGEST_SAMPLE) return
    holders.sort((a, b) => this.#sessions[b].last - this.#sessions[a].last)
    holders.length = LARGEST_SAMPLE
  }

  #sessionNumber(sessionKey: string): number {
    let number = this.#open.get(sessionKey)
    if (number === undefined) {
      number = this.#sessions.length
      this.#open.set(sessionKey, number)
      this.#sessions.push({ items: [], places: [], length: 0, last: 0, lastAt: 0 })
    }
    return number
  }

  #itemNumber(itemId: string): number {
    const number = this.#numbers.of(itemId)
    if (number === this.#holders.length) {
      this.#holders.push([])
      this.#support.push(0)
    }
    return number
  }
}
