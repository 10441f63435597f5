import type { Domain } from '../../src/domain/domain.ts'
import { LiverankError } from '../../src/errors.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import { Dismissals } from '../learning/dismissals.ts'
import { actsOnItem } from '../learning/next-items.ts'
import { actingEvents, type TrainingLog } from '../learning/training-log.ts'

/** An event that acts on an item. */
export type ActingEvent = LoggedEvent & { readonly itemId: string }

/** The latest actions on items of a log, which can be read several times. Events that do not count, and items that their user dismissed, are left out. */
export class ActingEvents {
  /** Reads all actions of the log. */
  readonly #actions: () => AsyncIterable<ActingEvent>
  /** Number of actions of the log before the first one that is used. */
  readonly #skipped: number
  /** Number of actions that are used. */
  readonly count: number

  private constructor(actions: () => AsyncIterable<ActingEvent>, count: number, skipped: number) {
    this.#actions = actions
    this.count = count
    this.#skipped = skipped
  }

  /**
   * @param most number of actions to use at most
   * @throws LiverankError UNUSABLE_DATA or DAMAGED_LOG if the log cannot be read, or has no action on an item
   */
  static async of(log: TrainingLog, domain: Domain, most: number): Promise<ActingEvents> {
    const dismissals = await Dismissals.of(actingEvents(log, noProblems()), domain)
    const actions = () => actionsOf(log, domain, dismissals)
    let all = 0
    for await (const _ of actions()) all++
    if (all === 0)
      throw new LiverankError('UNUSABLE_DATA', `${log.folder} has no event on an item, so there is nothing to compute.`)
    return new ActingEvents(actions, Math.min(all, most), Math.max(0, all - most))
  }

  /** Yields the actions in the order of the log. */
  async *read(): AsyncGenerator<ActingEvent> {
    let number = 0
    for await (const event of this.#actions()) if (number++ >= this.#skipped) yield event
  }
}

async function* actionsOf(log: TrainingLog, domain: Domain, dismissals: Dismissals): AsyncGenerator<ActingEvent> {
  const events = dismissals.leaveOut(actingEvents(log, noProblems()))
  for await (const event of events) if (actsOnItem(domain, event)) yield event
}
