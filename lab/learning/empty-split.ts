import type { Domain } from '../../src/domain/domain.ts'
import { HOUR } from '../../src/time-units.ts'
import type { Split, SplitCounts } from './dataset-writer.ts'
import type { Splitter } from './splitter.ts'

/** Returns a message about a split without decisions: the reason, and what to do. */
export function whyEmpty(split: Split, { missed }: SplitCounts, splitters: readonly Splitter[], { expiry }: Domain): string {
  const found = splitters.map((splitter) => splitter.found(split))
  const sum = (of: 'events' | 'inGap') => found.reduce((all, one) => all + one[of], 0)
  const empty = `The ${split} split has no decisions to learn from`
  if (sum('inGap') === sum('events')) {
    const span = Math.max(...found.map((one) => one.span))
    return `${empty}: it covers ${hours(span)} of the log, and the first ${hours(expiry.session)} of each split are omitted so that no session is in two splits. Use a log of several days.`
  }
  if (missed > 0) return `${empty}: none of its ${missed} next items was among the candidates. Use a longer log.`
  return `${empty}: in its ${sum('events')} events no session continues with another item. Use a longer log, or check that events carry itemId and sessionId.`
}

function hours(ms: number): string {
  return `${(ms / HOUR).toFixed(1)} hours`
}
