import { invariant } from '../../invariant.ts'
import { DEFAULT_SLATE_LIVES, type SlateLives } from '../expiry.ts'
import type { StoredSlate } from '../personal-data.ts'
import { SerialQueue } from '../serial-queue.ts'
import { SlateIndex } from './slate-index.ts'
import {
  type MemorySlate,
  namedAt,
  packed,
  pageBytes,
  readRecord,
  recordLength,
  recordOf,
  recordsIn,
  SlateErasures,
  SlateFiles,
  SlatePage,
  type SlateRoom,
} from './slate-record.ts'

/** How often expired slates are looked for, in ms. */
const EXPIRY_EVERY_MS = 1000

/**
 * Kept slates, in pages in the order of serving. While the pages in memory take more than their room, the oldest goes to a file of its
 * own. When the last slate of a page has reached the life of slates that no event named, only the named ones stay. When it has reached
 * the life of those, the page goes. Whatever a page or its file holds is in the index, so that an erasure finds it.
 */
export class KeptSlates implements Iterable<[string, MemorySlate]> {
  readonly #index = new SlateIndex()
  /** In the order of their latest slates. */
  #pages = new Map<number, SlatePage>()
  #current: SlatePage | undefined
  #numbers = 0
  /** Size of the pages in memory, in bytes. */
  #inMemory = 0
  #files: SlateFiles | undefined
  #room: SlateRoom | undefined
  /** Writes to the files, one at a time. */
  readonly #writes = new SerialQueue()
  readonly #leaving = new Set<SlatePage>()
  readonly #erasures = new SlateErasures(() => this.#files)
  #lookedAt = Number.NEGATIVE_INFINITY
  lives: SlateLives = DEFAULT_SLATE_LIVES

  /** Gives the slates a folder, and takes in those that its files have. @throws Error if a file cannot be read */
  async open(room: SlateRoom): Promise<void> {
    const { files, numbers } = await SlateFiles.open(room.folder)
    this.#room = room
    this.#files = files
    // What comes later belongs behind the files.
    this.#current = undefined
    for (const file of numbers) this.#adopt(file, await files.readAll(file))
    this.#pages = new Map([...this.#pages].sort(([, a], [, b]) => a.lastAt - b.lastAt))
    this.#makeRoom()
  }

  get size(): number {
    return this.#index.size
  }

  /** Size of the pages in memory and of the index, in bytes. */
  get allocated(): number {
    return this.#inMemory + this.#index.bytes
  }

  /** Size of the files, in bytes. */
  get diskBytes(): number {
    let bytes = 0
    for (const { file, size } of this.#pages.values()) if (file !== undefined) bytes += size
    return bytes
  }

  /** Resolves when there is room for another slate, or the disk refuses: slates may come faster than it takes them. */
  async roomForMore(): Promise<void> {
    if (this.#room && this.#inMemory > 1.5 * this.#room.memoryBytes) await this.#writes.run(async () => {})
  }

  /** Returns whether a file has the slate. */
  isOnDisk(id: string): boolean {
    const entry = this.#index.find(id)
    return entry !== undefined && this.#pageOf(entry).file !== undefined
  }

  /** Reads a slate whose life is not over. */
  async get(id: string, now: number): Promise<Uint8Array | undefined> {
    const read = async () => {
      const entry = this.#index.find(id)
      const found = entry === undefined || this.#isOver(entry, now) ? undefined : await this.#read(entry)
      return found?.id === id ? found.slate.bytes : undefined
    }
    // A file that is being rewritten has the slate elsewhere afterwards.
    return (await read()) ?? (this.isOnDisk(id) ? this.#writes.run(read) : undefined)
  }

  set(id: string, slate: MemorySlate): void {
    const former = this.#index.find(id)
    if (former !== undefined) this.#erase(former)
    const record = recordOf(id, slate)
    const page = this.#pageFor(record.length)
    const { at, userId, isNamed } = slate
    page.entries.push(this.#index.add(id, userId, { page: page.number, offset: page.append(record), at, isNamed }))
    page.lastAt = Math.max(page.lastAt, at)
    page.isSifted = false
  }

  /** Notes that an event named the slate of this user. */
  name(id: string, userId: string): void {
    const entry = this.#index.find(id)
    if (entry === undefined || !this.#index.isOf(entry, userId)) return
    const { isNamed, offset } = this.#index.get(entry)
    if (isNamed) return
    const page = this.#pageOf(entry)
    this.#index.name(entry)
    page.name(offset)
    if (page.bytes && !this.#leaving.has(page)) return
    const { generation } = page
    // After a rewrite, the file has it as named.
    this.#write(async (files) => {
      if (page.file !== undefined && page.generation === generation) await files.name(page.file, offset)
    })
  }

  /** Removes slates whose life is over, page by page. */
  deleteExpired(now: number): void {
    if (now < this.#lookedAt + EXPIRY_EVERY_MS) return
    this.#lookedAt = now
    for (const page of this.#pages.values()) {
      if (page.lastAt > now - this.lives.unnamed) return
      if (page.lastAt <= now - this.lives.named) this.#drop(page)
      else if (!page.isSifted && !this.#leaving.has(page)) this.#sift(page)
    }
  }

  hasOf(userId: string): boolean {
    return this.#index.hasOf(userId)
  }

  /** Yields the slates of a user. */
  async *ofUser(userId: string): AsyncGenerator<StoredSlate> {
    for (const entry of this.#index.ofUser(userId)) {
      // After a rewrite that is under way.
      const found = await this.#writes.run(() => this.#read(entry))
      if (found?.slate.userId === userId) yield { recommendationId: found.id, bytes: found.slate.bytes }
    }
  }

  /** Deletes all slates of a user from memory; `settled` waits for the files. @returns number of deleted slates */
  deleteOf(userId: string): number {
    const entries = this.#index.ofUser(userId)
    for (const entry of entries) this.#erase(entry)
    invariant(!this.#index.hasOf(userId), 'SLATES_LEFT', 'a slate of an erased user would stay.')
    return entries.length
  }

  /**
   * Resolves when what was deleted before is erased from the files.
   * @throws Error if a file could not be written; the next call tries again
   */
  async settled(): Promise<void> {
    await this.#writes.run(() => this.#erasures.run())
    for (const page of this.#pages.values())
      if (page.isStale) throw new Error(`${this.#files?.path(page.file!)} could not be written`)
  }

  /** Yields the slates in memory, without copying: each is valid until the next change. */
  *[Symbol.iterator](): Generator<[string, MemorySlate]> {
    for (const page of [...this.#pages.values()]) {
      for (const entry of [...page.entries]) {
        if (!page.bytes || !this.#index.isIn(entry, page.number)) continue
        const found = readRecord(page.bytes, this.#index.get(entry).offset)
        if (found) yield [found.id, { ...found.slate, at: this.#index.get(entry).at }]
      }
    }
  }

  #isOver(entry: number, now: number): boolean {
    const { at, isNamed } = this.#index.get(entry)
    return at <= now - (isNamed ? this.lives.named : this.lives.unnamed)
  }

  async #read(entry: number): Promise<ReturnType<typeof readRecord>> {
    const { offset, page: number } = this.#index.get(entry)
    const page = this.#pages.get(number)
    if (page === undefined) return undefined
    if (page.bytes) {
      const found = readRecord(page.bytes, offset)
      return found && { ...found, slate: { ...found.slate, bytes: Buffer.from(found.slate.bytes) } }
    }
    try {
      const record = page.file === undefined ? undefined : await this.#files?.read(page.file, offset)
      return record && readRecord(record, 0)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  #pageOf(entry: number): SlatePage {
    return this.#pages.get(this.#index.get(entry).page)!
  }

  #adopt(file: number, bytes: Buffer): void {
    const page = this.#addPage(0)
    page.file = file
    page.size = bytes.length
    for (const { offset, id, slate } of recordsIn(bytes)) {
      const { at, userId, isNamed } = slate
      const former = this.#index.find(id)
      // The snapshot may have it too, and know that it was named since.
      const wasNamed = former !== undefined && this.#index.get(former).isNamed
      if (former !== undefined) this.#erase(former)
      page.entries.push(this.#index.add(id, userId, { page: page.number, offset, at, isNamed: isNamed || wasNamed }))
      page.lastAt = Math.max(page.lastAt, at)
    }
    if (page.entries.length === 0) this.#drop(page)
  }

  #addPage(room: number): SlatePage {
    const page = new SlatePage(this.#numbers++, room)
    this.#pages.set(page.number, page)
    this.#inMemory += room
    return page
  }

  #pageFor(length: number): SlatePage {
    if (this.#current?.hasRoom(length)) return this.#current
    this.#current = this.#addPage(Math.max(pageBytes(this.#room?.memoryBytes), length))
    this.#makeRoom()
    return this.#current
  }

  /** Writes the oldest pages to disk until those that stay have room. */
  #makeRoom(): void {
    const room = this.#room
    if (!room) return
    let excess = this.#inMemory - room.memoryBytes
    for (const page of this.#pages.values()) {
      if (excess <= 0) break
      if (!page.bytes || page === this.#current) continue
      excess -= page.size
      // The disk does not keep up, or refuses.
      if (excess > room.memoryBytes) {
        room.warn('Stored slates are deleted early, because the disk refuses them or is too slow. Check the disk of DATA_DIR.')
        this.#drop(page)
      } else if (!this.#leaving.has(page)) this.#leave(page)
    }
    let surplus = this.diskBytes - room.diskBytes
    for (const page of this.#pages.values()) {
      if (surplus <= 0) break
      if (page.file === undefined) continue
      surplus -= page.size
      room.warn(
        'Stored slates are deleted early, because their files have reached SLATES_DISK_MB. Raise SLATES_DISK_MB, or lower SLATE_MINUTES.',
      )
      this.#drop(page)
    }
  }

  #leave(page: SlatePage): void {
    this.#leaving.add(page)
    this.#write(async (files) => {
      try {
        if (!page.bytes || page.isDropped) return
        const file = files.next()
        await files.write(file, page.bytes)
        if (!page.isDropped) this.#inMemory -= page.size
        page.movedTo(file)
        if (page.isDropped) await files.remove(file)
      } finally {
        this.#leaving.delete(page)
      }
    })
  }

  #drop(page: SlatePage): void {
    for (const entry of page.entries) if (this.#index.isIn(entry, page.number)) this.#index.remove(entry)
    this.#pages.delete(page.number)
    page.isDropped = true
    if (page.bytes) this.#inMemory -= page.size
    if (page === this.#current) this.#current = undefined
    if (page.file !== undefined) this.#write((files) => files.remove(page.file!))
  }

  /** Removes the slates that no event named. */
  #sift(page: SlatePage): void {
    page.isSifted = true
    if (page === this.#current) this.#current = undefined
    const entries = [...new Set(page.entries)].filter((entry) => this.#index.isIn(entry, page.number))
    const kept = entries.filter((entry) => this.#index.get(entry).isNamed)
    if (kept.length === 0) return void this.#drop(page)
    if (kept.length === page.entries.length && !page.isStale) return
    for (const entry of entries) if (!this.#index.get(entry).isNamed) this.#index.remove(entry)
    page.entries.splice(0, page.entries.length, ...kept)
    if (page.bytes) {
      const { bytes, moved } = packed(page.bytes, this.#offsetsOf(kept))
      this.#inMemory += bytes.length - page.size
      page.replace(bytes)
      kept.forEach((entry, at) => void this.#index.move(entry, moved[at]))
      return
    }
    page.isStale = true
    this.#write(async (files) => {
      // Tried again, if the disk refuses.
      page.isSifted = false
      await this.#rewrite(page, files)
      page.isSifted = true
      page.isStale = false
    })
  }

  #offsetsOf(entries: readonly number[]): number[] {
    return entries.map((entry) => this.#index.get(entry).offset)
  }

  async #rewrite(page: SlatePage, files: SlateFiles): Promise<void> {
    if (page.file === undefined || page.isDropped) return
    const before = await files.readAll(page.file)
    const kept = page.entries.filter((entry) => this.#index.isIn(entry, page.number))
    const { bytes, moved } = packed(before, this.#offsetsOf(kept))
    // All that stay are named, which their records may not say yet.
    for (const offset of moved) bytes[namedAt(offset)] = 1
    await files.write(page.file, bytes)
    page.size = bytes.length
    page.generation++
    for (const [at, entry] of kept.entries()) {
      if (this.#index.isIn(entry, page.number)) this.#index.move(entry, moved[at])
      else await files.erase(page.file, moved[at], recordLength(bytes, moved[at]))
    }
  }

  #erase(entry: number): void {
    const { offset } = this.#index.get(entry)
    const page = this.#pageOf(entry)
    this.#index.remove(entry)
    const isOnDisk = !page.bytes || this.#leaving.has(page)
    const length = page.bytes ? recordLength(page.bytes, offset) : 0
    page.erase(offset)
    if (!isOnDisk) return
    this.#erasures.add(page, offset, length)
    this.#write(() => this.#erasures.run())
  }

  #write(task: (files: SlateFiles) => Promise<void>): void {
    const files = this.#files
    if (!files) return
    this.#writes
      .run(() => task(files))
      .catch((error: Error) => this.#room?.warn(`A file of stored slates was not written: ${error.message}`))
  }
}
