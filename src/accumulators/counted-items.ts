import type { ColumnReader, ColumnWriter } from '../state/column-codec.ts'
import { AHEAD } from '../state/decay.ts'
import type { UserValue } from '../state/user-value.ts'
import type { Part } from '../state/user-value-part.ts'
import { HOUR } from '../time-units.ts'

/**
 * Number of pairs of an item and an hour that are counted. A user within the limits is never refused, however many pairs there are.
 * A user who exceeds the limit of a pair can count at most one further event on it for each ROWS + 1 counts of theirs. An impression of n items is up to n counts.
 */
export const ROWS = 256

/** Numbers of a row: 32 bits of the item's hash; the hour since 1970 and 8 further bits; events. */
const STRIDE = 3
const HIGH_BITS = 8

/**
 * Events of a user by item and hour, as frequent-items summary (Misra and Gries, 1982). A new pair that finds no room lowers all counts
 * by one instead; pairs at 0 leave. So no count is ever too high, and none is too low by more than the user's events / (ROWS + 1).
 */
export class ItemHours {
  #cells = new Uint32Array(4 * STRIDE)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Returns the row of an item and hour; -1 if it is not counted. */
  indexOf(item: ItemHash, hour: number): number {
    const second = secondOf(item, hour)
    for (let at = (this.#size - 1) * STRIDE; at >= 0; at -= STRIDE)
      if (this.#cells[at] === item.low && this.#cells[at + 1] === second) return at / STRIDE
    return -1
  }

  eventsAt(row: number): number {
    return this.#cells[row * STRIDE + 2]
  }

  /** Returns all rows. `item` is the hash of the item's id, in hexadecimal digits. */
  entries(): { item: string; hour: number; events: number }[] {
    return Array.from({ length: this.#size }, (_, row) => {
      const [low, second, events] = this.#cells.subarray(row * STRIDE, (row + 1) * STRIDE)
      return { item: (second % 2 ** HIGH_BITS) * 2 ** 32 + low, hour: second >>> HIGH_BITS, events }
    }).map(({ item, ...row }) => ({ item: item.toString(16).padStart(10, '0'), ...row }))
  }

  increase(row: number): void {
    this.#cells[row * STRIDE + 2]++
  }

  /**
   * Adds a pair with one event.
   * @param oldest first hour of which events still count: if the table is full, earlier hours leave first
   * @param latest last hour of which events may come
   */
  add(item: ItemHash, hour: number, oldest: number, latest: number): void {
    if (this.#size === ROWS) this.keepBetween(oldest, latest)
    if (this.#size === ROWS) this.#lower()
    else this.#push(item.low, secondOf(item, hour), 1)
  }

  /** Removes the pairs of hours that are not from `oldest` to `latest`. */
  keepBetween(oldest: number, latest: number): void {
    this.#keep((at) => {
      const hour = this.#cells[at + 1] >>> HIGH_BITS
      return hour >= oldest && hour <= latest
    })
  }

  #lower(): void {
    this.#keep((at) => --this.#cells[at + 2] > 0)
  }

  /** @param keeps called once for each row, with the index of its first number */
  #keep(keeps: (at: number) => boolean): void {
    let kept = 0
    for (let at = 0; at < this.#size * STRIDE; at += STRIDE) {
      if (!keeps(at)) continue
      this.#cells.copyWithin(kept, at, at + STRIDE)
      kept += STRIDE
    }
    this.#size = kept / STRIDE
  }

  #push(low: number, second: number, events: number): void {
    const at = this.#size * STRIDE
    if (at === this.#cells.length) {
      const larger = new Uint32Array(2 * at)
      larger.set(this.#cells)
      this.#cells = larger
    }
    this.#cells[at] = low
    this.#cells[at + 1] = second
    this.#cells[at + 2] = events
    this.#size++
  }

  /** Writes runs of rows of one hour: the hour relative to that of the run before, the number of rows, and the rows. */
  write(writer: ColumnWriter): void {
    writer.count(this.#size)
    const end = this.#size * STRIDE
    let before = 0
    for (let at = 0; at < end; ) {
      const hour = this.#cells[at + 1] >>> HIGH_BITS
      let next = at
      while (next < end && this.#cells[next + 1] >>> HIGH_BITS === hour) next += STRIDE
      writer.signed(hour - before)
      writer.count((next - at) / STRIDE)
      for (; at < next; at += STRIDE) {
        writer.uint32(this.#cells[at])
        writer.byte(this.#cells[at + 1])
        writer.count(this.#cells[at + 2])
      }
      before = hour
    }
  }

  static read(reader: ColumnReader): ItemHours {
    const held = new ItemHours()
    const rows = reader.count()
    let hour = 0
    while (held.#size < rows) {
      hour += reader.signed()
      const run = reader.count()
      if (run === 0) throw new RangeError('a run of item-hours has no rows')
      for (let row = 0; row < run; row++) held.#push(reader.uint32(), ((hour << HIGH_BITS) | reader.byte()) >>> 0, reader.count())
    }
    return held
  }
}

export const COUNTED_ITEMS: Part<ItemHours> = {
  name: 'counted_items',
  layout: 1,
  empty: () => new ItemHours(),
  isEmpty: ({ size }) => size === 0,
  write: (writer: ColumnWriter, held) => held.write(writer),
  read: (reader: ColumnReader) => ItemHours.read(reader),
  moveBack: (held, now) => held.keepBetween(0, Math.floor(now / HOUR)),
  describe: (held) => held.entries().map(({ hour, ...row }) => ({ hour: new Date(hour * HOUR).toISOString(), ...row })),
}

/**
 * Counts an event of the user on an item in the hour of its time, unless that would exceed the limit.
 * @param now time of recording, in ms
 * @param lateness age at which events no longer count, in ms
 * @returns whether the event was counted
 */
export function countOnItem(
  user: UserValue,
  itemId: string,
  time: number,
  limit: number,
  now: number,
  lateness: number,
): boolean {
  const held = user.get(COUNTED_ITEMS)
  const item = hashOf(itemId)
  const hour = Math.floor(time / HOUR)
  const row = held.indexOf(item, hour)
  if ((row < 0 ? 0 : held.eventsAt(row)) + 1 > limit) return false
  if (row >= 0) held.increase(row)
  else held.add(item, hour, Math.floor((now - lateness - AHEAD) / HOUR), Math.floor((now + AHEAD) / HOUR))
  return true
}

/**
 * 40 bits of a hash: of a full table, one in thirty million has two items that share a count. Who looks for items with the same hash
 * limits only their own events.
 */
export interface ItemHash {
  /** Unsigned 32 bits. */
  readonly low: number
  /** 8 bits. */
  readonly high: number
}

/** Two lanes of multiplications (cyrb53), over the UTF-16 units of the id. */
export function hashOf(itemId: string): ItemHash {
  let one = 0xdeadbeef
  let two = 0x41c6ce57
  for (let i = 0; i < itemId.length; i++) {
    const unit = itemId.charCodeAt(i)
    one = Math.imul(one ^ unit, 2654435761)
    two = Math.imul(two ^ unit, 1597334677)
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909)
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909)
  return { low: one >>> 0, high: two & (2 ** HIGH_BITS - 1) }
}

function secondOf({ high }: ItemHash, hour: number): number {
  return ((hour << HIGH_BITS) | high) >>> 0
}
