import type { ColumnReader, ColumnWriter } from '../state/column-codec.ts'

/** Numbers of a row: its key and its value. */
const STRIDE = 2

/** A short table of unsigned 32-bit keys with unsigned 32-bit values, in one typed array. Searches run through all rows. */
export class PairRows {
  #cells = new Uint32Array(2 * STRIDE)
  #size = 0

  get size(): number {
    return this.#size
  }

  keyAt(row: number): number {
    return this.#cells[row * STRIDE]
  }

  valueAt(row: number): number {
    return this.#cells[row * STRIDE + 1]
  }

  /** Returns the row of a key; -1 if there is none. */
  indexOf(key: number): number {
    for (let row = this.#size - 1; row >= 0; row--) if (this.#cells[row * STRIDE] === key) return row
    return -1
  }

  /** Returns the value of a key; 0 if there is none. */
  valueOf(key: number): number {
    const row = this.indexOf(key)
    return row < 0 ? 0 : this.valueAt(row)
  }

  /** Returns the keys and values of all rows. */
  entries(): [key: number, value: number][] {
    return Array.from({ length: this.#size }, (_, row) => [this.keyAt(row), this.valueAt(row)])
  }

  push(key: number, value: number): void {
    const at = this.#size * STRIDE
    if (at === this.#cells.length) {
      const larger = new Uint32Array(2 * at)
      larger.set(this.#cells)
      this.#cells = larger
    }
    this.#cells[at] = key
    this.#cells[at + 1] = value
    this.#size++
  }

  increase(row: number, by: number): void {
    this.#cells[row * STRIDE + 1] += by
  }

  /** Moves a row behind all others. */
  moveLast(row: number): void {
    if (row === this.#size - 1) return
    const [key, value] = [this.keyAt(row), this.valueAt(row)]
    this.#cells.copyWithin(row * STRIDE, (row + 1) * STRIDE, this.#size * STRIDE)
    this.#cells[(this.#size - 1) * STRIDE] = key
    this.#cells[(this.#size - 1) * STRIDE + 1] = value
  }

  removeFirst(): void {
    this.#cells.copyWithin(0, STRIDE, this.#size * STRIDE)
    this.#size--
  }

  /** Removes rows whose keys are not from `least` to `most`. */
  keepBetween(least: number, most: number): void {
    let kept = 0
    for (let row = 0; row < this.#size; row++) {
      const key = this.keyAt(row)
      if (key < least || key > most) continue
      this.#cells.copyWithin(kept * STRIDE, row * STRIDE, (row + 1) * STRIDE)
      kept++
    }
    this.#size = kept
  }

  /** Writes the rows, each key relative to the one before. */
  write(writer: ColumnWriter): void {
    writer.count(this.#size)
    let before = 0
    for (let row = 0; row < this.#size; row++) {
      const key = this.keyAt(row)
      writer.signed(key - before)
      writer.count(this.valueAt(row))
      before = key
    }
  }

  static read(reader: ColumnReader): PairRows {
    const rows = new PairRows()
    const size = reader.count()
    let before = 0
    for (let row = 0; row < size; row++) {
      before += reader.signed()
      rows.push(before, reader.count())
    }
    return rows
  }
}
