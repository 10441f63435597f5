import { erasedPart, namedAt, recordLength } from './slate-record.ts'

/** Bytes of a page: the unit in which slates go to disk. */
const PAGE_BYTES = 2 ** 20
/** A page is smaller if the memory is too small for this many pages. */
const PAGES_IN_MEMORY = 8
const LEAST_PAGE_BYTES = 2 ** 12

/** Returns the size of a new page, in bytes. @param memoryBytes room of all pages in memory; undefined if nothing limits it */
export function pageBytes(memoryBytes = Number.POSITIVE_INFINITY): number {
  return Math.min(PAGE_BYTES, Math.max(LEAST_PAGE_BYTES, Math.floor(memoryBytes / PAGES_IN_MEMORY)))
}

/** Slates that were served one after another. They are in memory until the page is written to disk. */
export class SlatePage {
  readonly number: number
  /** Entries of the index whose slates are here; also some whose slates have gone. */
  readonly entries: number[] = []
  /** Latest time of a slate, in ms. */
  lastAt = Number.NEGATIVE_INFINITY
  /** Number of the file; undefined while the page is in memory only. */
  file: number | undefined
  /** Bytes of the file, or of the memory. */
  size: number
  /** Whether the slates that no event named have been removed. */
  isSifted = false
  /** Whether the file still has slates that were removed. */
  isStale = false
  /** Whether its slates are gone, and its file goes. */
  isDropped = false
  /** Number of times that records have moved within the page. */
  generation = 0
  #bytes: Buffer | undefined
  #used = 0

  /** @param room bytes in memory; none for a page on disk */
  constructor(number: number, room = 0) {
    this.number = number
    this.size = room
    this.#bytes = room > 0 ? Buffer.allocUnsafeSlow(room) : undefined
  }

  /** Records in memory; undefined if the page is only on disk. */
  get bytes(): Buffer | undefined {
    return this.#bytes?.subarray(0, this.#used)
  }

  hasRoom(length: number): boolean {
    return this.#bytes !== undefined && this.#used + length <= this.#bytes.length
  }

  /** Adds a record, for which there is room. @returns its offset */
  append(record: Uint8Array): number {
    const offset = this.#used
    this.#bytes?.set(record, offset)
    this.#used += record.length
    return offset
  }

  name(offset: number): void {
    if (this.#bytes) this.#bytes[namedAt(offset)] = 1
  }

  erase(offset: number): void {
    if (!this.#bytes) return
    const { from, bytes } = erasedPart(offset, recordLength(this.#bytes, offset))
    this.#bytes.fill(0, from, from + bytes)
  }

  /** Takes other records in place of the present ones. */
  replace(bytes: Buffer): void {
    this.#bytes = bytes
    this.#used = bytes.length
    this.size = bytes.length
    this.generation++
  }

  /** Lets go of the memory, because a file has the records. */
  movedTo(file: number): void {
    this.file = file
    this.size = this.#used
    this.#bytes = undefined
  }
}

/** Puts records one behind the other. @returns the bytes, and the new offsets in the order of the old ones */
export function packed(page: Buffer, offsets: readonly number[]): { bytes: Buffer; moved: readonly number[] } {
  const records = offsets.map((offset) => page.subarray(offset, offset + recordLength(page, offset)))
  let end = 0
  const moved = records.map(({ length }) => {
    end += length
    return end - length
  })
  const bytes = Buffer.allocUnsafeSlow(end)
  records.forEach((record, at) => void bytes.set(record, moved[at]))
  return { bytes, moved }
}
