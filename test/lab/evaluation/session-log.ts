import { findTestPeriod } from '../../../lab/evaluation/test-period.ts'
import { TuningLog } from '../../../lab/evaluation/tuning-log.ts'
import { readNextItems } from '../../../lab/learning/play-log.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import { SECOND } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { UNLIMITED } from '../../support/service.ts'

const START = Date.UTC(2024, 5, 3)

/** Sessions of one user each, one after the other, half a minute between events. @param sessions the items of each, in order */
export function sessionLog(sessions: readonly (readonly string[])[]): LoggedEvent[] {
  let at = START
  return sessions.flatMap((items, s) =>
    items.map((itemId, i) => {
      at += 30 * SECOND
      const eventId = `e${String(s).padStart(4, '0')}-${i}`
      return { eventId, userId: `u${s}`, sessionId: 's', itemId, eventType: 'view', timestamp: at }
    }),
  )
}

/**
 * What methods are tuned on, in a log with these events, of which the last quarter is the test period.
 * @returns `before` is the number of events before the test period
 */
export async function tuningLog(events: readonly LoggedEvent[]): Promise<{ log: TuningLog; before: number }> {
  const data = loggedFolder(events)
  const next = await readNextItems(data, UNLIMITED, noProblems())
  const period = await findTestPeriod(data, 0.75)
  return { log: await TuningLog.read(data.events(noProblems()), UNLIMITED, next, period), before: period.before }
}
