import { LiverankError } from '../errors.ts'

/** Of broken lines, so many are named; past this share of all lines the log is refused. */
const NAMED = 10
const MOST_BROKEN = 0.001

/** What was wrong with a log. */
export interface LogProblems {
  lines: number
  broken: number
  /** Repetitions of an event right behind itself, which are left out. */
  duplicates: number
  readonly named: string[]
}

export function noProblems(): LogProblems {
  return { lines: 0, broken: 0, duplicates: 0, named: [] }
}

/** @param message where the broken line stands, and what is wrong with it */
export function countBroken(problems: LogProblems, message: string): void {
  problems.broken++
  if (problems.named.length < NAMED) problems.named.push(message)
}

/** @throws LiverankError UNUSABLE_DATA with more than one broken line in a thousand */
export function refuseBroken({ broken, lines, named }: LogProblems): void {
  if (broken <= lines * MOST_BROKEN) return
  throw new LiverankError(
    'UNUSABLE_DATA',
    `${broken} of ${lines} lines are broken, more than one in a thousand: repair or remove them.\n  ${named.join('\n  ')}`,
  )
}
