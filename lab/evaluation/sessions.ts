import { type LoggedEvent, sessionKeyOf } from '../../src/import/log-lines.ts'
import { Numbering } from '../numbering.ts'
import { isTest, type TestPeriod } from './test-period.ts'

/** A session of the log as far as it has come. */
export interface SessionSoFar {
  readonly key: string
  /** Items acted on in order, repetitions and all. */
  readonly prefix: string[]
  readonly items: Set<string>
  /** Whether it began in the test period. */
  readonly isTest: boolean
  /** Whether it is the first of its user. */
  readonly isFirst: boolean
}

/** The sessions of a log that are still going on. */
export class LoggedSessions {
  readonly #period: TestPeriod
  readonly #open = new Map<string, SessionSoFar>()
  readonly #actions = new Map<string, number>()
  readonly #items = new Map<string, Set<string>>()
  readonly #numbers = new Numbering<string>()

  constructor(period: TestPeriod) {
    this.#period = period
  }

  /** An action on an item. */
  act(event: LoggedEvent & { readonly itemId: string }): SessionSoFar {
    const key = sessionKeyOf(event)
    let session = this.#open.get(key)
    if (!session) {
      const isFirst = this.actionsOf(event.userId) === 0
      session = { key, prefix: [], items: new Set(), isTest: isTest(this.#period, event), isFirst }
      this.#open.set(key, session)
    }
    this.#actions.set(event.userId, this.actionsOf(event.userId) + 1)
    session.prefix.push(event.itemId)
    session.items.add(event.itemId)
    const items = this.#items.get(event.userId)
    if (items) items.add(event.itemId)
    else this.#items.set(event.userId, new Set([event.itemId]))
    return session
  }

  end({ key }: SessionSoFar): void {
    this.#open.delete(key)
  }

  /** Returns the number of actions of a user so far. */
  actionsOf(userId: string): number {
    return this.#actions.get(userId) ?? 0
  }

  /** Returns the items that a user has acted on so far, in any session. */
  itemsOf(userId: string): ReadonlySet<string> {
    return this.#items.get(userId) ?? new Set()
  }

  /** Returns the number of a user, from 0. Each user keeps the same number. */
  userNumber(userId: string): number {
    return this.#numbers.of(userId)
  }
}
