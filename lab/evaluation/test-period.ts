import { LiverankError } from '../../src/errors.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import { declaredSplit } from '../learning/splitter.ts'

/** Which events of a log are there to judge on. */
export interface TestPeriod {
  /** Whether the events say so themselves, in `eventAttributes.split`; else it is the last part of the log. */
  readonly isDeclared: boolean
  /** Whether the log says as well what is to train on. */
  readonly declaresTrain: boolean
  /** Time of the log's first event, in ms. */
  readonly beganAt: number
  /** Time of the period's first event, in ms. */
  readonly startsAt: number
  /** Time of the last event of the log, in ms. */
  readonly endsAt: number
  /** Events before its first one. */
  readonly before: number
  /** Of the whole log. */
  readonly events: number
}

/**
 * @param from share of the events, from which on they are the test period where none declares itself
 * @throws LiverankError UNUSABLE_DATA when there is nothing before or in the period
 */
export async function findTestPeriod(data: DataFolder, from: number): Promise<TestPeriod> {
  const times: number[] = []
  let declaredFrom: number | undefined
  let declaresTrain = false
  for await (const event of data.events(noProblems())) {
    const split = declaredSplit(event)
    if (split === 'train') declaresTrain = true
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
    beganAt: times[0],
    startsAt,
    endsAt: times[times.length - 1],
    before: declaredFrom ?? times.findIndex((time) => time >= startsAt),
    events: times.length,
  }
}

export function isTest({ isDeclared, startsAt }: TestPeriod, event: LoggedEvent): boolean {
  return isDeclared ? declaredSplit(event) === 'test' : event.timestamp >= startsAt
}
