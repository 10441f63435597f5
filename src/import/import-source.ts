import type { UserInput } from '../events/uploads.ts'
import type { LoggedEvent, LoggedItem } from './log-lines.ts'
import type { LogProblems } from './log-problems.ts'

/** What can be imported: a log from elsewhere, or what this service recorded. It can be read several times over. */
export interface ImportSource {
  /** Its path, to name. */
  readonly folder: string
  /** In the order in which they are to be recorded. Broken lines are left out and counted. @throws LiverankError where it cannot be read */
  events(problems: LogProblems): AsyncIterable<LoggedEvent>
  /** As they are at the end. */
  items(): AsyncIterable<LoggedItem>
  /** Attributes and opt-outs of users, as they are at the end. */
  users(): AsyncIterable<UserInput>
}
