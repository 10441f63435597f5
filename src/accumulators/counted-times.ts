import type { ColumnReader, ColumnWriter } from '../state/column-codec.ts'
import { AHEAD } from '../state/decay.ts'
import type { Part, UserValue } from '../state/user-value.ts'
import { HOUR, MINUTE } from '../time-units.ts'
import { PairRows } from './pair-rows.ts'

/** Number of minutes that are counted exactly. */
const MINUTES = 16
const MINUTES_OF_HOUR = HOUR / MINUTE

/**
 * Events of a user by the minute in which they happened. The minutes counted last are exact. Others are added to the total of their
 * hour, which may not exceed 60 times the limit of a minute.
 */
export interface CountedTimes {
  /** Minutes since 1970 and their events; the minute counted last stands last. */
  readonly minutes: PairRows
  /** Hours since 1970 and the events of their minutes that left `minutes`. */
  readonly hours: PairRows
}

/** The part of a user value that stores how many events of the user counted in each minute and hour. */
export const COUNTED_TIMES: Part<CountedTimes> = {
  name: 'counted_times',
  layout: 1,
  empty: () => ({ minutes: new PairRows(), hours: new PairRows() }),
  isEmpty: ({ minutes }) => minutes.size === 0,
  write: (writer: ColumnWriter, { minutes, hours }) => {
    minutes.write(writer)
    hours.write(writer)
  },
  read: (reader: ColumnReader) => ({ minutes: PairRows.read(reader), hours: PairRows.read(reader) }),
  describe: ({ minutes, hours }) => [
    ...minutes.entries().map(([minute, events]) => ({ minute: new Date(minute * MINUTE).toISOString(), events })),
    ...hours.entries().map(([hour, events]) => ({ hour: new Date(hour * HOUR).toISOString(), events })),
  ],
}

/**
 * Returns whether the user may count one more event in the minute of a time. Never false for a user who has at most `limit` events
 * in each minute, whatever their order. In one hour, at most 60 times the limit is ever allowed.
 */
export function mayCountAt(user: UserValue, time: number, limit: number): boolean {
  const { minutes, hours } = user.get(COUNTED_TIMES)
  const minute = Math.floor(time / MINUTE)
  if (minutes.valueOf(minute) + 1 > limit) return false
  const hour = Math.floor(time / HOUR)
  let ofHour = hours.valueOf(hour)
  // Nothing of the hour was added up: only the exact minutes can be over a limit.
  if (ofHour === 0) return true
  for (let row = 0; row < minutes.size; row++)
    if (Math.floor(minutes.keyAt(row) / MINUTES_OF_HOUR) === hour) ofHour += minutes.valueAt(row)
  return ofHour + 1 <= MINUTES_OF_HOUR * limit
}

/**
 * Counts an event in the minute of its time.
 * @param now time of recording, in ms
 * @param lateness age at which events no longer count, in ms: the hours before are forgotten
 */
export function countAt(user: UserValue, time: number, now: number, lateness: number): void {
  const { minutes, hours } = user.get(COUNTED_TIMES)
  const minute = Math.floor(time / MINUTE)
  const row = minutes.indexOf(minute)
  if (row >= 0) {
    minutes.increase(row, 1)
    minutes.moveLast(row)
    return
  }
  if (minutes.size === MINUTES) {
    const hour = Math.floor(minutes.keyAt(0) / MINUTES_OF_HOUR)
    const of = hours.indexOf(hour)
    if (of >= 0) hours.increase(of, minutes.valueAt(0))
    else {
      hours.keepBetween(Math.floor((now - lateness - AHEAD) / HOUR), Math.floor((now + AHEAD) / HOUR))
      hours.push(hour, minutes.valueAt(0))
    }
    minutes.removeFirst()
  }
  minutes.push(minute, 1)
}
