import { crc32 } from 'node:zlib'
import type { UserValue } from '../state/user-value.ts'
import { recordPart, tablePart } from '../state/user-value-part.ts'
import { HOUR, MINUTE } from '../time-units.ts'

/** Limits that keep automated and internal traffic out of the counters. All events are logged, whether they count or not. */
export interface CountingLimits {
  /** Event attribute that names the origin of an event, and its values that do not count, such as staff. */
  readonly traffic: { readonly attribute: string; readonly uncounted: readonly string[] }
  /**
   * Maximum number of events of a user per minute. Further events in that minute are taken to come from a program and do not count.
   */
  readonly eventsPerMinute: number
  /**
   * Maximum number of events of a user on one item per hour. Further events in that hour add nothing to shared sums, so that nobody
   * can push an item up by repetition.
   */
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
 * Counts an event of the user in the current minute. A late event counts in the current minute and hour too, so that old timestamps
 * cannot evade the limit.
 * @returns number of events in the minute so far, this one included
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

/** Moves the counted minute and hour back to `now` if a clock that ran ahead counted them. Keeps the counts. */
export function countFrom(user: UserValue, now: number): void {
  const clocked = user.get(CLOCKED)
  clocked.minute = Math.min(clocked.minute, Math.floor(now / MINUTE))
  clocked.hour = Math.min(clocked.hour, Math.floor(now / HOUR))
}

/**
 * Counts an event of the user on an item in the current hour.
 * @returns number of events on the item in the hour so far, this one included
 */
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
