import type { ColumnReader, ColumnWriter } from '../state/column-codec.ts'
import { AHEAD } from '../state/decay.ts'
import type { Part, UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { EventMeaning } from './event-meaning.ts'
import { FrequentItems, type ItemHash } from './frequent-items.ts'

/**
 * Number of pairs of an item and a day that are counted for actions, and again for impressions. A user within the limits is never refused.
 * A user who exceeds the limit of a pair can add at most 1 to it for each DAY_ROWS + 1 that they add to all items.
 */
export const DAY_ROWS = 512

/**
 * Counters per item and day (UTC) of what the devices of a user add to items. Impressions have counters of their own, so that
 * many impressions of an item do not use up the limit for its purchases.
 */
export interface CountedItemDays {
  /** Event weights. */
  readonly actions: FrequentItems
  /** Numbers of impressions. */
  readonly impressions: FrequentItems
}

/** The part of a user value that stores the counters. It is empty before the first counted event on an item. */
export const COUNTED_ITEM_DAYS: Part<CountedItemDays> = {
  name: 'counted_item_days',
  layout: 1,
  empty: () => ({ actions: new FrequentItems(DAY_ROWS), impressions: new FrequentItems(DAY_ROWS) }),
  isEmpty: ({ actions, impressions }) => actions.size + impressions.size === 0,
  write: (writer: ColumnWriter, { actions, impressions }) => {
    actions.write(writer)
    impressions.write(writer)
  },
  read: (reader: ColumnReader) => ({
    actions: FrequentItems.read(reader, DAY_ROWS),
    impressions: FrequentItems.read(reader, DAY_ROWS),
  }),
  describe: ({ actions, impressions }) => [
    ...actions.entries().map(({ item, period, count }) => ({ day: dayText(period), item, weight: count })),
    ...impressions.entries().map(({ item, period, count }) => ({ day: dayText(period), item, impressions: count })),
  ],
}

/**
 * Returns how much an event adds to the count of an item and day: its weight, rounded up, and at least 1 if it adds to any sums of the
 * item. 0 for an event that adds to none, such as the progress of a video.
 */
export function amountOf({ role, weight, goal }: EventMeaning): number {
  return Math.max(Math.ceil(weight), role !== 'other' || goal ? 1 : 0)
}

/** Returns whether a device of the user may add an event to the sums of an item on the day of a time. */
export function mayCountOnDay(user: UserValue, item: ItemHash, time: number, meaning: EventMeaning, limit: number): boolean {
  const amount = amountOf(meaning)
  return amount === 0 || countsOf(user, meaning).countOf(item, Math.floor(time / DAY)) + amount <= limit
}

/**
 * Counts an event that a device of the user sent on the day of its time.
 * @param now time of recording, in ms
 * @param lateness age at which events no longer count, in ms
 */
export function countOnDay(
  user: UserValue,
  item: ItemHash,
  time: number,
  meaning: EventMeaning,
  now: number,
  lateness: number,
): void {
  const amount = amountOf(meaning)
  if (amount === 0) return
  const [oldest, latest] = [Math.floor((now - lateness - AHEAD) / DAY), Math.floor((now + AHEAD) / DAY)]
  countsOf(user, meaning).add(item, Math.floor(time / DAY), amount, oldest, latest)
}

function countsOf(user: UserValue, { role }: EventMeaning): FrequentItems {
  const { actions, impressions } = user.get(COUNTED_ITEM_DAYS)
  return role === 'impression' ? impressions : actions
}

function dayText(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10)
}
