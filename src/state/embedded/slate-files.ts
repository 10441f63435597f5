import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory, writeWhole } from '../durable-file.ts'
import { erasedPart, namedAt, RECORD_HEAD, recordLength } from './slate-record.ts'

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
