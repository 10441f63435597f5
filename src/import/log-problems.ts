import { LiverankError } from '../errors.ts'

/** Number of broken lines that are named, and the share of broken lines above which a log is refused. */
const NAMED = 10
const MOST_BROKEN = 0.001

/** Lines of a log that were left out, and how many lines there are. `named` quotes the first problems. */
export interface LogProblems {
  lines: number
  broken: number
  /** Repetitions of an event directly after itself. They are left out. */
  duplicates: number
  readonly named: string[]
}

/** Makes the empty report with which the reading of a log begins. */
export function noProblems(): LogProblems {
  return { lines: 0, broken: 0, duplicates: 0, named: [] }
}

/** Counts a broken line. @param message place of the line, and what is wrong with it */
export function countBroken(problems: LogProblems, message: string): void {
  problems.broken++
  if (problems.named.length < NAMED) problems.named.push(message)
}

/** Says how many lines were omitted from a log. */
export function omittedCounts({ broken, duplicates }: LogProblems): string {
  return `${broken} broken lines, ${duplicates} repeated lines`
}

/** Says what was omitted from a log, line by line; nothing if nothing was. */
export function omissions(problems: LogProblems): string[] {
  if (problems.broken + problems.duplicates === 0) return []
  return [`Omitted: ${omittedCounts(problems)}`, ...problems.named.map((line) => `  ${line}`)]
}

/** Refuses a log with too many broken lines. @throws LiverankError UNUSABLE_DATA if more than one line in a thousand is broken */
export function refuseBroken({ broken, lines, named }: LogProblems): void {
  if (broken <= lines * MOST_BROKEN) return
  throw new LiverankError(
    'UNUSABLE_DATA',
    `${broken} of ${lines} lines are broken, more than one in a thousand: repair or remove them.\n  ${named.join('\n  ')}`,
  )
}
