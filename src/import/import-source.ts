import type { LoggedEvent, LoggedItem, LoggedUser } from './log-lines.ts'
import type { LogProblems } from './log-problems.ts'

/** A source for an import: a log of another system, or a log recorded by this service. It can be read several times. */
export interface ImportSource {
  /** Path of the folder, for messages. */
  readonly folder: string
  /**
   * Yields the events in the order in which to record them. Broken lines are left out and counted.
   * @throws LiverankError if the log cannot be read
   */
  events(problems: LogProblems): AsyncIterable<LoggedEvent>
  /** Yields the items in their final state. */
  items(): AsyncIterable<LoggedItem>
  /** Whether `users` says from when on attributes are known. Otherwise, it yields the final state. */
  readonly usersHaveTimes: boolean
  /** Yields attributes, consents and opt-outs of users, the latest of a user last. */
  users(): AsyncIterable<LoggedUser>
}
