import type { Domain } from '../../src/domain/domain.ts'
import { type LogProblems, omittedCounts } from '../../src/import/log-problems.ts'
import { GradedSlates, type ShownCounts } from './graded-slates.ts'
import { declaredSplit } from './splitter.ts'
import type { TrainingLog } from './training-log.ts'

/** Counts of a log, found in a pass of its own. */
export interface LogSurvey extends ShownCounts {
  readonly events: number
  /** Whether the events declare which of them are for training. */
  readonly declaresTrain: boolean
}

/**
 * Reads a log to count its events and impressions.
 * @param window time after an impression in which its outcome counts, in ms
 * @throws LiverankError UNUSABLE_DATA if serving is said to get the lists of a surface on which the log shows none
 */
export async function surveyLog(log: TrainingLog, domain: Domain, window: number, problems: LogProblems): Promise<LogSurvey> {
  const surfaces = new Set<string | undefined>()
  const shown = new GradedSlates(domain, window, undefined, ({ surface }) => surfaces.add(surface))
  let events = 0
  let declaresTrain = false
  for await (const { event, slate, ignored } of log.events(problems)) {
    if (declaredSplit(event) === 'train') declaresTrain = true
    if (!ignored) shown.add(events, event, slate)
    events++
  }
  shown.end()
  log.givenOrder.expectShown(log.folder, surfaces)
  return { ...shown.counts, events, declaresTrain }
}

/** Share of the clicks, carts and purchases of a log that its impressions must explain to be learned from, and judged. */
const EXPLAINED = 0.5

/** Tells whether a log has impressions for at least half of its clicks, carts and purchases. */
export function isExplained({ actions, explained }: LogSurvey): boolean {
  return actions > 0 && explained >= actions * EXPLAINED
}

/** Says how many events a log has, and what was left out. */
export function reportProblems(folder: string, events: number, problems: LogProblems, log: (line: string) => void): void {
  log(`${folder}: ${events} events, ${omittedCounts(problems)} omitted`)
  for (const line of problems.named) log(`  ${line}`)
}
