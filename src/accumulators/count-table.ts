import { invariant } from '../invariant.ts'
import type { ColumnReader, ColumnWriter } from '../state/column-codec.ts'

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
