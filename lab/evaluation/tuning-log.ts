import type { Domain } from '../../src/domain/domain.ts'
import { type LoggedEvent, sessionKeyOf } from '../../src/import/log-lines.ts'
import { actsOnItem, type NextItem, type NextItems } from '../learning/next-items.ts'
import { SessionIndex } from './session-index.ts'
import type { SessionAsked } from './session-knn.ts'
import type { TestPeriod } from './test-period.ts'

/** Share of the events before the test period that come before the validation rows. */
export const VALIDATION_FROM = 0.8

interface Action {
  readonly key: string
  readonly itemId: string
  /** ms */
  readonly at: number
  readonly isLast: boolean
  /** Absent if the action gives no validation row. */
  readonly row: NextItem | undefined
}

/** A moment after an action before the test period, at which variants of methods are compared. */
export interface ValidationRow {
  readonly session: SessionAsked
  /** Items of the session so far. */
  readonly items: ReadonlySet<string>
  readonly next: NextItem
  /** Sessions that were learned by then. */
  readonly index: SessionIndex
}

/**
 * The actions before the test period. Those of the last fifth give validation rows. No row has its next item in the test period:
 * tuning never looks at the rows that methods are judged on.
 */
export class TuningLog {
  readonly #actions: readonly Action[]
  /** Number of actions before the part that gives validation rows. */
  readonly #beforeValidation: number
  /** Number of validation rows. */
  readonly rows: number

  private constructor(actions: readonly Action[], beforeValidation: number) {
    this.#actions = actions
    this.#beforeValidation = beforeValidation
    this.rows = actions.filter(({ row }) => row).length
  }

  /** @param events of the log, in its order @param next items of the same events @param period of which the start counts */
  static async read(
    events: AsyncIterable<LoggedEvent>,
    domain: Domain,
    next: NextItems,
    period: Pick<TestPeriod, 'before' | 'startsAt'>,
  ): Promise<TuningLog> {
    const actions: Action[] = []
    const from = Math.floor(period.before * VALIDATION_FROM)
    let number = 0
    let beforeValidation = 0
    for await (const event of events) {
      if (number >= period.before) break
      const at = number++
      if (!actsOnItem(domain, event)) continue
      const following = next.byEvent.get(at)
      const row = at >= from && following && following.at < period.startsAt ? following : undefined
      actions.push({
        key: sessionKeyOf(event),
        itemId: event.itemId,
        at: event.timestamp,
        isLast: following === undefined,
        row,
      })
      if (at < from) beforeValidation++
    }
    return new TuningLog(actions, beforeValidation)
  }

  /** Returns the distinct items of each session, also of those that go on later: of all actions, or of those before validation. */
  sessions(which: 'all' | 'before validation'): string[][] {
    const sessions = new Map<string, Set<string>>()
    const actions = which === 'all' ? this.#actions : this.#actions.slice(0, this.#beforeValidation)
    for (const { key, itemId } of actions) {
      const items = sessions.get(key)
      if (items) items.add(itemId)
      else sessions.set(key, new Set([itemId]))
    }
    return [...sessions.values()].map((items) => [...items])
  }

  /** Plays the actions, and stops at the rows that `draws` chooses. Each row is given before what comes next is learned. */
  *play(draws: () => boolean): Generator<ValidationRow> {
    const index = new SessionIndex()
    const open = new Map<string, string[]>()
    for (const { key, itemId, at, isLast, row } of this.#actions) {
      index.learn(key, itemId, at)
      const prefix = open.get(key) ?? []
      prefix.push(itemId)
      open.set(key, prefix)
      if (row && draws()) yield { session: { key, prefix, at }, items: new Set(prefix), next: row, index }
      if (!isLast) continue
      open.delete(key)
      index.end(key)
    }
  }
}
