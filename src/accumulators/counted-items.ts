import type { ColumnReader, ColumnWriter } from '../state/column-codec.ts'
import { AHEAD } from '../state/decay.ts'
import type { Part, UserValue } from '../state/user-value.ts'
import { HOUR } from '../time-units.ts'
import { FrequentItems, type ItemHash } from './frequent-items.ts'

/**
 * Number of pairs of an item and an hour that are counted. A user within the limits is never refused, however many pairs there are.
 * A user who exceeds the limit of a pair can count at most one further event on it for each ROWS + 1 counts of theirs. An impression of n items is up to n counts.
 */
export const ROWS = 256

/** Events of a user by item and hour. */
export const COUNTED_ITEMS: Part<FrequentItems> = {
  name: 'counted_items',
  layout: 1,
  empty: () => new FrequentItems(ROWS),
  isEmpty: ({ size }) => size === 0,
  write: (writer: ColumnWriter, held) => held.write(writer),
  read: (reader: ColumnReader) => FrequentItems.read(reader, ROWS),
  describe: (held) =>
    held.entries().map(({ item, period, count }) => ({ hour: new Date(period * HOUR).toISOString(), item, events: count })),
}

/** Returns whether the user may count one more event on an item in the hour of a time. */
export function mayCountOnItem(user: UserValue, item: ItemHash, time: number, limit: number): boolean {
  return user.get(COUNTED_ITEMS).countOf(item, Math.floor(time / HOUR)) + 1 <= limit
}

/**
 * Counts an event of the user on an item in the hour of its time.
 * @param now time of recording, in ms
 * @param lateness age at which events no longer count, in ms
 */
export function countOnItem(user: UserValue, item: ItemHash, time: number, now: number, lateness: number): void {
  const [oldest, latest] = [Math.floor((now - lateness - AHEAD) / HOUR), Math.floor((now + AHEAD) / HOUR)]
  user.get(COUNTED_ITEMS).add(item, Math.floor(time / HOUR), 1, oldest, latest)
}
