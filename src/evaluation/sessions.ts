import type { LoggedEvent } from '../learning/log-lines.ts'
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

/** What the log calls a session: events of a user under one sessionId; without ids, of the user. */
export function sessionKeyOf({ userId, sessionId }: Pick<LoggedEvent, 'userId' | 'sessionId'>): string {
  return `${userId}\0${sessionId ?? ''}`
}

/** Sessions that still go on, for as long as they do. */
export class LoggedSessions {
  readonly #period: TestPeriod
  readonly #open = new Map<string, SessionSoFar>()
  /** Numbers of users in the order of their first action. */
  readonly #users = new Map<string, number>()

  constructor(period: TestPeriod) {
    this.#period = period
  }

  /** An action on an item. */
  act(event: LoggedEvent & { readonly itemId: string }): SessionSoFar {
    const key = sessionKeyOf(event)
    let session = this.#open.get(key)
    if (!session) {
      const isFirst = !this.#users.has(event.userId)
      if (isFirst) this.#users.set(event.userId, this.#users.size)
      session = { key, prefix: [], items: new Set(), isTest: isTest(this.#period, event), isFirst }
      this.#open.set(key, session)
    }
    session.prefix.push(event.itemId)
    session.items.add(event.itemId)
    return session
  }

  end({ key }: SessionSoFar): void {
    this.#open.delete(key)
  }

  /** @param userId of someone who has acted */
  userNumber(userId: string): number {
    return this.#users.get(userId)!
  }
}
