import { invariant } from '../invariant.ts'
import type { ColumnReader, ColumnWriter } from '../state/column-codec.ts'
import type { Part } from '../state/user-value.ts'
import { DAY, HOUR, MINUTE } from '../time-units.ts'

/** Numbers of a row: 32 bits of the key; the period and 8 further bits of the key; the count. */
const STRIDE = 3
const HIGH_BITS = 8
/** Largest count of a row. */
const MOST = 2 ** 32 - 1

/**
 * A name, such as an item id, as 40 bits of its hash: one in thirty million full tables has two items that share a count. Who looks
 * for names with the same hash limits only their own events, or adds one invented name for some billions of trials.
 */
export interface NameKey {
  /** Unsigned 32 bits. */
  readonly low: number
  /** 8 bits. */
  readonly high: number
}

/** Returns the key of a name: 40 bits of two lanes of multiplications (cyrb53) over its UTF-16 units. */
export function keyOf(name: string): NameKey {
  let one = 0xdeadbeef
  let two = 0x41c6ce57
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i)
    one = Math.imul(one ^ unit, 2654435761)
    two = Math.imul(two ^ unit, 1597334677)
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909)
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909)
  return { low: one >>> 0, high: two & (2 ** HIGH_BITS - 1) }
}

/**
 * A short table of counts, in one typed array. The key of a row is two numbers: 32 bits, and the period with 8 further bits. Searches
 * run through all rows, the latest first.
 */
export class CountTable {
  readonly #most: number
  #cells = new Uint32Array(4 * STRIDE)
  #size = 0

  /** @param most largest number of rows that `add` makes */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most
  }

  get size(): number {
    return this.#size
  }

  /** Returns the row of a key; -1 if there is none. */
  find(low: number, second = 0): number {
    for (let at = (this.#size - 1) * STRIDE; at >= 0; at -= STRIDE)
      if (this.#cells[at] === low && this.#cells[at + 1] === second) return at / STRIDE
    return -1
  }

  /** Returns the count of a name in a period; 0 if it has none. */
  countOf(name: NameKey, period: number): number {
    const row = this.find(name.low, secondOf(name.high, period))
    return row < 0 ? 0 : this.countAt(row)
  }

  lowAt(row: number): number {
    return this.#cells[row * STRIDE]
  }

  highAt(row: number): number {
    return this.#cells[row * STRIDE + 1] % 2 ** HIGH_BITS
  }

  periodAt(row: number): number {
    return this.#cells[row * STRIDE + 1] >>> HIGH_BITS
  }

  countAt(row: number): number {
    return this.#cells[row * STRIDE + 2]
  }

  /** Raises the count of a row. */
  increase(row: number, by: number): void {
    const at = row * STRIDE + 2
    this.#cells[at] = Math.min(MOST, this.#cells[at] + by)
  }

  /** Adds a row behind all others. */
  push(low: number, second: number, count: number): void {
    const at = this.#size * STRIDE
    if (at === this.#cells.length) {
      const larger = new Uint32Array(2 * at)
      larger.set(this.#cells)
      this.#cells = larger
    }
    this.#cells[at] = low
    this.#cells[at + 1] = second
    this.#cells[at + 2] = Math.min(MOST, count)
    this.#size++
  }

  /** Keeps the rows of which `keeps` is true. It is called once for each, in their order. */
  keep(keeps: (row: number) => boolean): void {
    let kept = 0
    for (let row = 0; row < this.#size; row++) {
      if (!keeps(row)) continue
      if (kept !== row) this.#cells.copyWithin(kept * STRIDE, row * STRIDE, (row + 1) * STRIDE)
      kept++
    }
    this.#size = kept
  }

  clear(): void {
    this.#size = 0
  }

  /** Moves a row behind all others. */
  moveLast(row: number): void {
    if (row === this.#size - 1) return
    const at = row * STRIDE
    const [low, second, count] = [this.#cells[at], this.#cells[at + 1], this.#cells[at + 2]]
    this.#cells.copyWithin(at, at + STRIDE, this.#size * STRIDE)
    this.#size--
    this.push(low, second, count)
  }

  /**
   * Adds to the count of a name in a period, as frequent-items summary (Misra and Gries, 1982). If a new pair finds no room, all counts
   * fall by as much as the pair would have added, and pairs at 0 leave. So no count is ever too high, and none is too low by more than
   * all that was counted / (most + 1).
   * @param amount a whole number above 0
   * @param oldest first period whose events still count: before the table grows, earlier periods leave
   * @param latest last period of which events may come
   */
  add(name: NameKey, period: number, amount: number, oldest: number, latest: number): void {
    invariant(amount >= 1 && Number.isInteger(amount), 'COUNT_NOT_WHOLE', 'a counting limit would add no whole number.')
    const second = secondOf(name.high, period)
    const row = this.find(name.low, second)
    if (row >= 0) {
      this.increase(row, amount)
      return
    }
    if (this.#size === this.#most || isPowerOfTwo(this.#size))
      this.keep((at) => this.periodAt(at) >= oldest && this.periodAt(at) <= latest)
    const rest = this.#size === this.#most ? amount - this.#lower(amount) : amount
    if (rest > 0) this.push(name.low, second, rest)
  }

  /** Lowers all counts by `amount`, or by the lowest count if that is less. @returns by how much */
  #lower(amount: number): number {
    let by = amount
    for (let row = 0; row < this.#size; row++) by = Math.min(by, this.countAt(row))
    this.keep((row) => {
      this.#cells[row * STRIDE + 2] -= by
      return this.countAt(row) > 0
    })
    return by
  }

  /** Writes runs of rows of one period: the period relative to that of the run before, the number of rows, and the rows. */
  write(writer: ColumnWriter): void {
    writer.count(this.#size)
    let before = 0
    for (let row = 0; row < this.#size; ) {
      const period = this.periodAt(row)
      let next = row
      while (next < this.#size && this.periodAt(next) === period) next++
      writer.signed(period - before)
      writer.count(next - row)
      for (; row < next; row++) {
        writer.uint32(this.lowAt(row))
        writer.byte(this.highAt(row))
        writer.count(this.countAt(row))
      }
      before = period
    }
  }

  /** Reads what `write` wrote. @param most see the constructor */
  static read(reader: ColumnReader, most: number): CountTable {
    const table = new CountTable(most)
    const rows = reader.count()
    let period = 0
    while (table.#size < rows) {
      period += reader.signed()
      const run = reader.count()
      if (run === 0) throw new RangeError('a run of names in a period has no rows')
      for (let row = 0; row < run; row++) table.push(reader.uint32(), secondOf(reader.byte(), period), reader.count())
    }
    return table
  }
}

/** Whether a table of this size looks for rows that may leave: seldom, and at the same sizes whenever the same events are counted. */
function isPowerOfTwo(size: number): boolean {
  return (size & (size - 1)) === 0
}

function secondOf(high: number, period: number): number {
  return ((period << HIGH_BITS) | high) >>> 0
}

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
