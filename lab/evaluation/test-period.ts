import { LiverankError } from '../../src/errors.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import { declaredSplit } from '../learning/splitter.ts'

/** The part of a log on which methods are judged. */
export interface TestPeriod {
  /** Whether the events declare the period in `eventAttributes.split`. Otherwise it is the last part of the log. */
  readonly isDeclared: boolean
  /** Whether the events also declare which of them are for training. */
  readonly declaresTrain: boolean
  /** Number of events that are declared for training and come after the first event of the period. */
  readonly trainLater: number
  /** Time of the log's first event, in ms. */
  readonly beganAt: number
  /** Time of the period's first event, in ms. */
  readonly startsAt: number
  /** Time of the last event of the log, in ms. */
  readonly endsAt: number
  /** Number of events before the first event of the period. */
  readonly before: number
  /** Number of events of the whole log. */
  readonly events: number
}

/**
 * Reads a log to find its test period.
 * @param from share of the events before the test period, if no event declares it
 * @throws LiverankError UNUSABLE_DATA if no event comes before the period, or none is in it
 */
export async function findTestPeriod(data: DataFolder, from: number): Promise<TestPeriod> {
  const times: number[] = []
  let declaredFrom: number | undefined
  let declaresTrain = false
  let trainLater = 0
  for await (const event of data.events(noProblems())) {
    const split = declaredSplit(event)
    if (split === 'train') {
      declaresTrain = true
      if (declaredFrom !== undefined) trainLater++
    }
    if (split === 'test') declaredFrom ??= times.length
    times.push(event.timestamp)
  }
  const startsAt = times[declaredFrom ?? Math.floor(times.length * from)]
  if (startsAt === undefined || startsAt === times[0]) {
    throw new LiverankError(
      'UNUSABLE_DATA',
      `${data.folder}: no event comes before the test period, so there is nothing to learn from. Use a longer log, or another --test-from.`,
    )
  }
  return {
    isDeclared: declaredFrom !== undefined,
    declaresTrain,
    trainLater,
    beganAt: times[0],
    startsAt,
    endsAt: times[times.length - 1],
    before: declaredFrom ?? times.findIndex((time) => time >= startsAt),
    events: times.length,
  }
}

/** Tells whether an event belongs to the test period. */
export function isTest({ isDeclared, startsAt }: TestPeriod, event: LoggedEvent): boolean {
  return isDeclared ? declaredSplit(event) === 'test' : event.timestamp >= startsAt
}
