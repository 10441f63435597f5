import type { ColumnReader, ColumnWriter } from '../state/column-codec.ts'

/** Numbers of a row: 32 bits of the item's hash; the period since 1970 and 8 further bits; the count. */
const STRIDE = 3
const HIGH_BITS = 8

/** Largest count of a row. */
const MOST = 2 ** 32 - 1

/** A row of the table, for people. `item` is the hash of the item's id, in hexadecimal digits. */
export interface FrequentItem {
  readonly item: string
  /** Number of hours or days since 1970. */
  readonly period: number
  readonly count: number
}

/**
 * Counts of a user by item and period, such as an hour, as frequent-items summary (Misra and Gries, 1982). If a new pair finds no room,
 * all counts fall by as much as the pair would have added, and pairs at 0 leave. So no count is ever too high, and none is too low by more
 * than all that was counted / (rows + 1).
 */
export class FrequentItems {
  readonly #rows: number
  #cells = new Uint32Array(4 * STRIDE)
  #size = 0

  /** @param rows largest number of pairs */
  constructor(rows: number) {
    this.#rows = rows
  }

  get size(): number {
    return this.#size
  }

  /** Returns the count of an item in a period; 0 if it has none. */
  countOf(item: ItemHash, period: number): number {
    const at = this.#indexOf(item, period)
    return at < 0 ? 0 : this.#cells[at + 2]
  }

  entries(): FrequentItem[] {
    return Array.from({ length: this.#size }, (_, row) => {
      const [low, second, count] = this.#cells.subarray(row * STRIDE, (row + 1) * STRIDE)
      const item = ((second % 2 ** HIGH_BITS) * 2 ** 32 + low).toString(16).padStart(10, '0')
      return { item, period: second >>> HIGH_BITS, count }
    })
  }

  /**
   * Adds to the count of an item in a period.
   * @param amount a whole number above 0
   * @param oldest first period whose events still count: before the table grows, earlier periods leave
   * @param latest last period of which events may come
   */
  add(item: ItemHash, period: number, amount: number, oldest: number, latest: number): void {
    const at = this.#indexOf(item, period)
    if (at >= 0) {
      this.#cells[at + 2] = Math.min(MOST, this.#cells[at + 2] + amount)
      return
    }
    if (this.#size === this.#rows || isPowerOfTwo(this.#size)) this.keepBetween(oldest, latest)
    const rest = this.#size === this.#rows ? amount - this.#lower(amount) : amount
    if (rest > 0) this.#push(item.low, secondOf(item, period), Math.min(MOST, rest))
  }

  /** Removes the pairs of periods that are not from `oldest` to `latest`. */
  keepBetween(oldest: number, latest: number): void {
    this.#keep((at) => {
      const period = this.#cells[at + 1] >>> HIGH_BITS
      return period >= oldest && period <= latest
    })
  }

  /** Lowers all counts by `amount`, or by the lowest count if that is less. @returns by how much */
  #lower(amount: number): number {
    let by = amount
    for (let at = 2; at < this.#size * STRIDE; at += STRIDE) by = Math.min(by, this.#cells[at])
    this.#keep((at) => {
      this.#cells[at + 2] -= by
      return this.#cells[at + 2] > 0
    })
    return by
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

  #indexOf(item: ItemHash, period: number): number {
    const second = secondOf(item, period)
    for (let at = (this.#size - 1) * STRIDE; at >= 0; at -= STRIDE)
      if (this.#cells[at] === item.low && this.#cells[at + 1] === second) return at
    return -1
  }

  #push(low: number, second: number, count: number): void {
    const at = this.#size * STRIDE
    if (at === this.#cells.length) {
      const larger = new Uint32Array(2 * at)
      larger.set(this.#cells)
      this.#cells = larger
    }
    this.#cells[at] = low
    this.#cells[at + 1] = second
    this.#cells[at + 2] = count
    this.#size++
  }

  /** Writes runs of rows of one period: the period relative to that of the run before, the number of rows, and the rows. */
  write(writer: ColumnWriter): void {
    writer.count(this.#size)
    const end = this.#size * STRIDE
    let before = 0
    for (let at = 0; at < end; ) {
      const period = this.#cells[at + 1] >>> HIGH_BITS
      let next = at
      while (next < end && this.#cells[next + 1] >>> HIGH_BITS === period) next += STRIDE
      writer.signed(period - before)
      writer.count((next - at) / STRIDE)
      for (; at < next; at += STRIDE) {
        writer.uint32(this.#cells[at])
        writer.byte(this.#cells[at + 1])
        writer.count(this.#cells[at + 2])
      }
      before = period
    }
  }

  /** @param most largest number of pairs of the table that is read */
  static read(reader: ColumnReader, most: number): FrequentItems {
    const held = new FrequentItems(most)
    const rows = reader.count()
    let period = 0
    while (held.#size < rows) {
      period += reader.signed()
      const run = reader.count()
      if (run === 0) throw new RangeError('a run of items in a period has no rows')
      for (let row = 0; row < run; row++)
        held.#push(reader.uint32(), ((period << HIGH_BITS) | reader.byte()) >>> 0, reader.count())
    }
    return held
  }
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

/** Returns the hash of an id, 40 bits: two lanes of multiplications (cyrb53) over its UTF-16 units. */
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

/** Whether a table of this size looks for rows that may leave: seldom, and at the same sizes whenever the same events are counted. */
function isPowerOfTwo(size: number): boolean {
  return (size & (size - 1)) === 0
}

function secondOf({ high }: ItemHash, period: number): number {
  return ((period << HIGH_BITS) | high) >>> 0
}
