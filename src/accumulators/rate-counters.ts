import { crc32 } from 'node:zlib'
import { recordPart, tablePart, type UserValue } from '../state/user-value.ts'
import { HOUR, MINUTE } from '../time-units.ts'

/** What keeps traffic that is not a customer's out of the figures. Everything is logged, whether it counts or not. */
export interface CountingLimits {
  /** The event attribute that says whose doing an event is, and the values of it that do not count, such as staff. */
  readonly traffic: { readonly attribute: string; readonly uncounted: readonly string[] }
  /** What a user does beyond so many events in a minute is a program's doing, and does not count. */
  readonly eventsPerMinute: number
  /** What a user does with one item beyond so many events in an hour adds nothing to figures that are shared, so that trends cannot be bought. */
  readonly eventsPerItemAndHour: number
}

export const NO_LIMITS: CountingLimits = {
  traffic: { attribute: 'traffic', uncounted: [] },
  eventsPerMinute: Number.POSITIVE_INFINITY,
  eventsPerItemAndHour: Number.POSITIVE_INFINITY,
}

/** The minute and hour that are being counted, and the events of that minute. */
const CLOCKED = recordPart('counting', 1, { minute: 'count', events: 'count', hour: 'count' })

/** Events of the hour by a hash of the item, in so many cells: bounded, whatever a user touches. Two items may share a cell. */
const CELLS = 64
const BY_ITEM = tablePart('counting_by_item', 1, { cell: 'count', events: 'count' })

export const COUNTING_PARTS = [CLOCKED, BY_ITEM]

/**
 * Counts an event of the user. Late events count in the minute and hour that are being counted: nobody gets around a limit with old
 * times.
 * @returns events of the minute so far, this one included
 */
export function countInMinute(user: UserValue, time: number): number {
  const clocked = user.get(CLOCKED)
  const minute = Math.floor(time / MINUTE)
  if (minute > clocked.minute) {
    clocked.minute = minute
    clocked.events = 0
  }
  return ++clocked.events
}

/** Where a clock that was ahead counted, goes on counting at `now`, with what it had counted so far. */
export function countFrom(user: UserValue, now: number): void {
  const clocked = user.get(CLOCKED)
  clocked.minute = Math.min(clocked.minute, Math.floor(now / MINUTE))
  clocked.hour = Math.min(clocked.hour, Math.floor(now / HOUR))
}

/** Counts an event of the user on the item. @returns events of the hour on it so far, this one included */
export function countInHour(user: UserValue, itemId: string, time: number): number {
  const clocked = user.get(CLOCKED)
  const byItem = user.get(BY_ITEM)
  const hour = Math.floor(time / HOUR)
  if (hour > clocked.hour) {
    clocked.hour = hour
    byItem.cell.length = 0
    byItem.events.length = 0
  }
  const cell = crc32(itemId) % CELLS
  const row = byItem.cell.indexOf(cell)
  if (row >= 0) return ++byItem.events[row]
  byItem.cell.push(cell)
  byItem.events.push(1)
  return 1
}
