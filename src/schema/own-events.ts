import { actsFor, type Principal } from '../auth/principal.ts'
import { InvalidInputError } from '../errors.ts'
import type { EventOutcome } from '../events/arriving-event.ts'
import type { Ingest } from '../events/ingest.ts'

type EventRows = Parameters<Ingest['record']>[0]

/**
 * Records the events that the caller may record. Others are rejected row by row: a queue of a device that holds events of the user
 * before must still drain.
 * @returns the outcomes in the order of the rows
 */
export async function recordOwnEvents(ingest: Ingest, principal: Principal, rows: EventRows): Promise<readonly EventOutcome[]> {
  if (principal.role !== 'device') return ingest.record(rows)
  const isOwn = rows.map(({ userId }) => actsFor(principal, userId))
  const own = rows.filter((_, i) => isOwn[i])
  const foreign = rows.filter((_, i) => !isOwn[i])
  const error = new InvalidInputError('userId: a device records events of its own user only.', 'userId')
  const rejected = (foreign.length === 0 ? [] : ingest.reject(foreign, error)).values()
  const recorded = (own.length === 0 ? [] : await ingest.record(own, 'device')).values()
  return isOwn.map((owns) => (owns ? recorded : rejected).next().value!)
}
