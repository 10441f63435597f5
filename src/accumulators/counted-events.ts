import type { ColumnReader, ColumnWriter } from '../state/column-codec.ts'
import type { Part } from '../state/user-value.ts'
import { DAY, HOUR, MINUTE } from '../time-units.ts'
import { CountTable } from './count-table.ts'

/** Number of minutes that are counted exactly. */
export const MINUTES = 16
/**
 * Number of pairs of an item and an hour that are counted. A user within the limits is never refused, however many pairs there are.
 * A user who exceeds the limit of a pair can count at most one further event on it for each ROWS + 1 counts of theirs. An impression
 * of n items is up to n counts.
 */
export const ROWS = 256
/**
 * Number of pairs of an item and a day that are counted for actions, and again for impressions. A user who exceeds the limit of a pair
 * can add at most 1 to it for each DAY_ROWS + 1 that they add to all items.
 */
export const DAY_ROWS = 512

/**
 * Events of a user by the minute in which they happened. The minutes counted last are exact. Others are added to the total of their
 * hour, which may not exceed 60 times the limit of a minute.
 */
export const COUNTED_TIMES: Part<{
  /** The minute counted last stands last. */
  readonly minutes: CountTable
  /** The events of minutes that left `minutes`. */
  readonly hours: CountTable
}> = {
  name: 'counted_times',
  layout: 1,
  empty: () => ({ minutes: new CountTable(), hours: new CountTable() }),
  isEmpty: ({ minutes }) => minutes.size === 0,
  write: (writer, { minutes, hours }) => {
    writeTimes(writer, minutes)
    writeTimes(writer, hours)
  },
  read: (reader) => ({ minutes: readTimes(reader), hours: readTimes(reader) }),
  describe: ({ minutes, hours }) => [
    ...described(minutes, (row) => ({ minute: timeText(minutes.lowAt(row) * MINUTE), events: minutes.countAt(row) })),
    ...described(hours, (row) => ({ hour: timeText(hours.lowAt(row) * HOUR), events: hours.countAt(row) })),
  ],
}

/** Events of a user by item and hour. */
export const COUNTED_ITEMS: Part<CountTable> = {
  name: 'counted_items',
  layout: 1,
  empty: () => new CountTable(ROWS),
  isEmpty: ({ size }) => size === 0,
  write: (writer, table) => table.write(writer),
  read: (reader) => CountTable.read(reader, ROWS),
  describe: (table) =>
    described(table, (row) => ({
      ...{ hour: timeText(table.periodAt(row) * HOUR), item: itemText(table, row), events: table.countAt(row) },
    })),
}

/**
 * What the devices of a user add to items, by item and day (UTC): event weights, and numbers of impressions. So many impressions of an
 * item do not use up the limit for its purchases.
 */
export const COUNTED_ITEM_DAYS: Part<{ readonly actions: CountTable; readonly impressions: CountTable }> = {
  name: 'counted_item_days',
  layout: 1,
  empty: () => ({ actions: new CountTable(DAY_ROWS), impressions: new CountTable(DAY_ROWS) }),
  isEmpty: ({ actions, impressions }) => actions.size + impressions.size === 0,
  write: (writer, { actions, impressions }) => {
    actions.write(writer)
    impressions.write(writer)
  },
  read: (reader) => ({ actions: CountTable.read(reader, DAY_ROWS), impressions: CountTable.read(reader, DAY_ROWS) }),
  describe: ({ actions, impressions }) => [
    ...described(actions, (row) => ({ ...dayOf(actions, row), weight: actions.countAt(row) })),
    ...described(impressions, (row) => ({ ...dayOf(impressions, row), impressions: impressions.countAt(row) })),
  ],
}

/** Names in the events of a user that the service did not know, of the latest hour in which such events were recorded. */
export const COUNTED_UNKNOWN: Part<{
  /** Hour since 1970. */
  hour: number
  /** Items that were never uploaded. */
  readonly items: CountTable
  /** Surfaces that the domain does not declare, and positions on them. */
  readonly places: CountTable
}> = {
  name: 'counted_unknown',
  layout: 1,
  empty: () => ({ hour: 0, items: new CountTable(), places: new CountTable() }),
  isEmpty: ({ items, places }) => items.size + places.size === 0,
  write: (writer, { hour, items, places }) => {
    writer.count(hour)
    writeNames(writer, items)
    writeNames(writer, places)
  },
  read: (reader) => ({ hour: reader.count(), items: readNames(reader), places: readNames(reader) }),
  describe: ({ hour, items, places }) => ({ hour: timeText(hour * HOUR), items: items.size, places: places.size }),
}

/** Parts of a user value that count events for the limits. */
export const COUNTING_PARTS = [COUNTED_TIMES, COUNTED_ITEMS, COUNTED_UNKNOWN, COUNTED_ITEM_DAYS] as const

/** Writes a table whose keys are minutes or hours: each relative to the one before, with its count. */
function writeTimes(writer: ColumnWriter, table: CountTable): void {
  writer.count(table.size)
  let before = 0
  for (let row = 0; row < table.size; row++) {
    writer.signed(table.lowAt(row) - before)
    writer.count(table.countAt(row))
    before = table.lowAt(row)
  }
}

function readTimes(reader: ColumnReader): CountTable {
  const table = new CountTable()
  let time = 0
  for (let left = reader.count(); left > 0; left--) {
    time += reader.signed()
    table.push(time, 0, reader.count())
  }
  return table
}

function writeNames(writer: ColumnWriter, names: CountTable): void {
  writer.count(names.size)
  for (let row = 0; row < names.size; row++) {
    writer.uint32(names.lowAt(row))
    writer.byte(names.highAt(row))
  }
}

function readNames(reader: ColumnReader): CountTable {
  const names = new CountTable()
  for (let left = reader.count(); left > 0; left--) names.push(reader.uint32(), reader.byte(), 1)
  return names
}

function described<T>(table: CountTable, describe: (row: number) => T): T[] {
  return Array.from({ length: table.size }, (_, row) => describe(row))
}

function dayOf(table: CountTable, row: number) {
  return { day: timeText(table.periodAt(row) * DAY).slice(0, 10), item: itemText(table, row) }
}

/** Returns the hash of the item's id, in hexadecimal digits. */
function itemText(table: CountTable, row: number): string {
  return (table.highAt(row) * 2 ** 32 + table.lowAt(row)).toString(16).padStart(10, '0')
}

function timeText(time: number): string {
  return new Date(time).toISOString()
}
