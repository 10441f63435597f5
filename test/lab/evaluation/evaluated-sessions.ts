import { expect } from 'vitest'
import { evaluateNextItems, type NextItemReport } from '../../../lab/evaluation/evaluate-next-items.ts'
import { slateVariants } from '../../../lab/evaluation/slate-variants.ts'
import { findTestPeriod } from '../../../lab/evaluation/test-period.ts'
import type { DataFolder } from '../../../src/import/data-folder.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { MINUTE, SECOND } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { UNLIMITED } from '../../support/service.ts'

/** Ten minutes before the first session of a log begins. */
export const START = Date.UTC(2024, 5, 3)

/** A log of sessions in the training or test split, of one user each if none is named; events half a minute apart, sessions ten minutes. */
export function splitLog(sessions: readonly { split: string; items: string[]; userId?: string; gap?: number }[]): LoggedEvent[] {
  let at = START
  return sessions.flatMap(({ split, items, userId, gap = 30 * SECOND }, s) => {
    at += 10 * MINUTE
    return items.map((itemId, i) => ({
      eventId: `e${String(s).padStart(3, '0')}-${i}`,
      userId: userId ?? `u${s}`,
      sessionId: `s${s}`,
      itemId,
      eventType: 'view',
      timestamp: at + i * gap,
      eventAttributes: { split },
    }))
  })
}

/** More items than a list shows, each once, so that what is behind a list is none that matters. */
export const filler = Array.from({ length: 30 }, (_, i) => ({ split: 'train', items: [`f${String(i).padStart(2, '0')}`] }))

/** Sessions to learn from: three go from a to b, and two from c to d. */
export const train = [
  ...['u', 'v', 'w'].map((userId) => ({ split: 'train', items: ['a', 'b'], userId })),
  ...['x', 'y'].map((userId) => ({ split: 'train', items: ['c', 'd'], userId })),
  ...filler,
]

/** Evaluates, as {@link evaluateFolder} does, in a log with these events. */
export async function evaluate(events: readonly LoggedEvent[], delays: readonly number[] = []): Promise<NextItemReport> {
  return evaluateFolder(loggedFolder(events), delays)
}

/** Evaluates how well the rule and the baselines predict next items. @param delays of the state, ms */
export async function evaluateFolder(
  data: DataFolder,
  delays: readonly number[] = [],
  domain = UNLIMITED,
): Promise<NextItemReport> {
  return evaluateNextItems({
    data,
    domain,
    period: await findTestPeriod(data, 0.75),
    systems: [{ method: 'rule', ranker: undefined, what: 'the rule' }],
    delays,
    mostRows: Number.POSITIVE_INFINITY,
    mostDelayedRows: Number.POSITIVE_INFINITY,
    variants: slateVariants([0.8]),
    mostSlateRows: Number.POSITIVE_INFINITY,
    seed: 1,
    onProgress: () => {},
  })
}

/** The figures of a method in a setting; undefined each if the report lacks them. */
export function figuresOf({ figures }: NextItemReport, setting: string, rowSet: string, method: string) {
  const found = figures.find((row) => row.setting === setting && row.rowSet === rowSet && row.method === method)
  return { rows: found?.rows, hr20: found?.hr20, mrr20: found?.mrr20 }
}

/** Matches the mean of these values, to nine digits. */
export const mean = (...values: number[]) => expect.closeTo(values.reduce((sum, value) => sum + value, 0) / values.length, 9)
