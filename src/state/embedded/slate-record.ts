import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { ColumnReader, ColumnWriter } from '../column-codec.ts'
import { syncDirectory, writeWhole } from '../durable-file.ts'

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

/** A record to erase from the file of its page. */
interface Erasure {
  readonly page: SlatePage
  /** Generation of the page in which the record is at this offset. A later one lacks it. */
  readonly generation: number
  readonly offset: number
  /** Bytes of the record; 0 if only its file tells. */
  readonly length: number
}

/** Records of kept slates that are still to be erased from files. */
export class SlateErasures {
  readonly #files: () => SlateFiles | undefined
  readonly #waiting = new Set<Erasure>()

  constructor(files: () => SlateFiles | undefined) {
    this.#files = files
  }

  add(page: SlatePage, offset: number, length: number): void {
    this.#waiting.add({ page, generation: page.generation, offset, length })
  }

  /** Erases all that wait. @throws Error if a file could not be written; those records wait for the next run */
  async run(): Promise<void> {
    for (const erasure of this.#waiting) {
      await this.#erase(erasure)
      this.#waiting.delete(erasure)
    }
  }

  async #erase({ page, generation, offset, length }: Erasure): Promise<void> {
    const files = this.#files()
    if (!files || page.file === undefined || page.isDropped || page.generation !== generation) return
    const bytes = length || (await files.read(page.file, offset))?.length
    if (bytes !== undefined) await files.erase(page.file, offset, bytes)
  }
}

const NAME = /^slates-(\d{6,})$/

/** Returns whether a file of the data folder holds kept slates. */
export function isOfSlates(name: string): boolean {
  return NAME.test(name)
}

/** The limits for the kept slates of an embedded store, and the folder of those on disk. */
export interface SlateRoom {
  /** Data folder. */
  readonly folder: string
  /** Bytes in memory. Older slates are on disk. */
  readonly memoryBytes: number
  /** Bytes on disk. Beyond them, the oldest slates go before their time. */
  readonly diskBytes: number
  readonly warn: (message: string) => void
}

/** The pages of kept slates that are on disk: the files `slates-000001`, `slates-000002`, … of the data folder. */
export class SlateFiles {
  readonly #folder: string
  #last = 0

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** @returns the files, and the numbers of those that exist, in order */
  static async open(folder: string): Promise<{ files: SlateFiles; numbers: readonly number[] }> {
    const files = new SlateFiles(folder)
    const numbers = (await readdir(folder)).flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number)
    numbers.sort((a, b) => a - b)
    files.#last = numbers.at(-1) ?? 0
    return { files, numbers }
  }

  /** Returns a number that no file has. */
  next(): number {
    return ++this.#last
  }

  path(file: number): string {
    return join(this.#folder, `slates-${String(file).padStart(6, '0')}`)
  }

  /** Writes a file, whole or not at all. It is on the disk when this resolves. */
  write(file: number, bytes: Uint8Array): Promise<void> {
    return writeWhole(this.path(file), (handle) => handle.writeFile(bytes))
  }

  readAll(file: number): Promise<Buffer> {
    return readFile(this.path(file))
  }

  /** Reads the record at an offset. @returns undefined if the file has none there */
  async read(file: number, offset: number): Promise<Buffer | undefined> {
    return this.#in(file, 'r', async (handle) => {
      // Most slates fit, and take one read.
      const start = Buffer.alloc(2048)
      const { bytesRead } = await handle.read(start, 0, start.length, offset)
      if (bytesRead < RECORD_HEAD) return undefined
      const length = RECORD_HEAD + start.readUInt32LE(0)
      if (length <= bytesRead) return start.subarray(0, length)
      if (length > (await handle.stat()).size - offset) return undefined
      const record = Buffer.alloc(length)
      await handle.read(record, 0, length, offset)
      return recordLength(record, 0) === length ? record : undefined
    })
  }

  /** Notes in a record that its slate is named. */
  async name(file: number, offset: number): Promise<void> {
    await this.#in(file, 'r+', (handle) => handle.write(Buffer.of(1), 0, 1, namedAt(offset)))
  }

  /** Erases a record, on the disk too when this resolves. */
  async erase(file: number, offset: number, length: number): Promise<void> {
    const { from, bytes } = erasedPart(offset, length)
    await this.#in(file, 'r+', async (handle) => {
      await handle.write(Buffer.alloc(bytes), 0, bytes, from)
      await handle.datasync()
    })
  }

  /** Removes a file, on the disk too when this resolves. */
  async remove(file: number): Promise<void> {
    await rm(this.path(file), { force: true })
    await syncDirectory(this.#folder)
  }

  async #in<T>(file: number, flags: 'r' | 'r+', use: (handle: FileHandle) => Promise<T>): Promise<T> {
    const handle = await open(this.path(file), flags)
    try {
      return await use(handle)
    } finally {
      await handle.close()
    }
  }
}

/** A served slate in the memory of the embedded store. */
export interface MemorySlate {
  /** Time of serving, in whole ms of the wall clock of the service. */
  readonly at: number
  readonly userId: string
  /** Whether an event named it in time. */
  readonly isNamed: boolean
  /** The slate as `encodeSlate` encodes it. */
  readonly bytes: Uint8Array
}

/**
 * A record in a page of kept slates: length and CRC-32 of its body (u32 each, little endian), a byte that is 1 once the slate is named,
 * and the body: time, id, user, and the slate. Erasing a record writes zeros over the body and the CRC. The length stays, so that the
 * next record is found.
 */
export const RECORD_HEAD = 9
const CRC_AT = 4
const NAMED_AT = 8

const writer = new ColumnWriter()

/** Encodes a record. Valid until the next call. */
export function recordOf(id: string, { at, userId, isNamed, bytes }: MemorySlate): Buffer {
  writer.reset()
  for (let byte = 0; byte < RECORD_HEAD; byte++) writer.byte(0)
  writer.time(Math.floor(at))
  writer.text(id)
  writer.text(userId)
  writer.bytes(bytes)
  const record = writer.view()
  const body = record.subarray(RECORD_HEAD)
  record.writeUInt32LE(body.length, 0)
  record.writeUInt32LE(crc32(body), CRC_AT)
  record[NAMED_AT] = isNamed ? 1 : 0
  return record
}

/** Returns the length of the record at an offset, with its head, in bytes; 0 if the page ends before the record does. */
export function recordLength(page: Uint8Array, offset: number): number {
  if (offset + RECORD_HEAD > page.length) return 0
  const body = page[offset] + page[offset + 1] * 2 ** 8 + page[offset + 2] * 2 ** 16 + page[offset + 3] * 2 ** 24
  return offset + RECORD_HEAD + body > page.length ? 0 : RECORD_HEAD + body
}

/** Reads the record at an offset, without copying. @returns undefined if it is erased, damaged or cut off */
export function readRecord(page: Buffer, offset: number): { readonly id: string; readonly slate: MemorySlate } | undefined {
  const length = recordLength(page, offset)
  if (length === 0) return undefined
  const body = page.subarray(offset + RECORD_HEAD, offset + length)
  if (crc32(body) !== page.readUInt32LE(offset + CRC_AT)) return undefined
  const reader = new ColumnReader(body)
  const at = reader.time()
  const id = reader.text()
  const userId = reader.text()
  return { id, slate: { at, userId, isNamed: page[offset + NAMED_AT] === 1, bytes: body.subarray(reader.offset) } }
}

/** Yields the records of a page that are neither erased nor damaged, without copying. */
export function* recordsIn(page: Buffer): Generator<{ offset: number; id: string; slate: MemorySlate }> {
  let offset = 0
  for (let length = recordLength(page, 0); length > 0; length = recordLength(page, offset)) {
    const found = readRecord(page, offset)
    if (found) yield { offset, ...found }
    offset += length
  }
}

/** Returns the place of the bytes of a record that erasing sets to 0. */
export function erasedPart(offset: number, length: number): { readonly from: number; readonly bytes: number } {
  return { from: offset + CRC_AT, bytes: length - CRC_AT }
}

/** Returns the place of the byte that says whether the slate of a record is named. */
export function namedAt(offset: number): number {
  return offset + NAMED_AT
}
