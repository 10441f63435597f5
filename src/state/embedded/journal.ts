import { existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UnavailableError } from '../../errors.ts'
import { InvariantError, invariant } from '../../invariant.ts'
import { systemTimers, type Timers } from '../../timers.ts'
import { copyStart, syncDirectory, unfinishedPath } from '../durable-file.ts'
import type { JournalFigures } from '../store-figures.ts'

/**
 * The time at which written lines are synced to the disk. `always`: before each answer. `everysec`: once a second. `no`: when the
 * operating system decides.
 */
export type FsyncPolicy = 'always' | 'everysec' | 'no'

interface Rotation {
  readonly closedPath: string
  readonly firstLine: string
  isRenamed: boolean
}

/** What is done when all that came before is in the file. */
interface Turn {
  readonly line?: string | undefined
  readonly rotation?: Rotation | undefined
  /** Whether everything must be on the disk at the end of the turn, whatever the policy. */
  readonly isSync?: boolean | undefined
  resolve(): void
  reject(error: Error): void
}

const RETRY_MS = 1000
const SYNC_EVERY_MS = 1000
/** Bytes after which a file is synced under any policy. At most this many are kept in memory to be written again. */
const MOST_UNSYNCED = 2 ** 24

/**
 * An append-only file of JSON lines. A line whose `append` has resolved survives a crash of the process; with `always`, also one of
 * the machine. Lines that arrive in one turn of the event loop, or during a write, are written together. While the disk refuses writes, `append` rejects, accepted
 * lines are kept and written as soon as possible, and `failing` holds the reason.
 *
 * A failed sync makes the file unusable: the kernel may have dropped all bytes since the last successful sync, and would report
 * success the next time. So bytes are kept in memory until they are synced. After a failure, a new file gets all synced bytes and
 * all kept ones, and replaces the old file by a rename: a reader finds one whole file, with each line once.
 */
export class Journal {
  readonly path: string
  readonly #fsync: FsyncPolicy
  readonly #onWritten: ((bytes: number) => void) | undefined
  readonly #timers: Timers
  #file: FileHandle
  #turns: Turn[] = []
  #unwritten: Buffer | undefined
  /** Bytes of the file; it is measured in the first turn, since a reader may cut a torn line off until then. */
  #bytes = 0
  #isMeasured = false
  /** Bytes at the start of the file that are on the disk. */
  #synced = 0
  /** Bytes of the file that may not be on the disk, as they were written. */
  #unsynced: Buffer[] = []
  #isNameSynced = false
  /** A sync failed, or may have; or the file does not have the length that was written. */
  #isSuspect = false
  #syncing: Promise<void> | undefined
  #writing: Promise<void> | undefined
  #isWriting = false
  #failure: Error | undefined
  #failures = 0
  #closed = false
  #cancelTimer: (() => void) | undefined
  #endPause: (() => void) | undefined

  private constructor(
    path: string,
    file: FileHandle,
    fsync: FsyncPolicy,
    onWritten: ((bytes: number) => void) | undefined,
    timers: Timers,
  ) {
    this.path = path
    this.#file = file
    this.#fsync = fsync
    this.#onWritten = onWritten
    this.#timers = timers
    if (fsync === 'everysec') this.#syncLater()
  }

  /** Opens a journal for appending. @param onWritten called after each write with the size of the file in bytes */
  static async open(
    path: string,
    fsync: FsyncPolicy,
    onWritten?: (bytes: number) => void,
    timers: Timers = systemTimers,
  ): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true })
    return new Journal(path, await open(path, 'a'), fsync, onWritten, timers)
  }

  /** Reason why the disk refuses writes; undefined if it does not. */
  get failing(): Error | undefined {
    return this.#failure
  }

  /** Lines that wait to be written, and how often a write or a sync has failed. */
  get figures(): JournalFigures {
    return { waiting: this.#turns.length, failures: this.#failures }
  }

  /** Appends a line. Resolves when it is written; with `always`, when it is synced. */
  append(line: string): Promise<void> {
    return this.#enqueue({ line })
  }

  /** Resolves when everything appended before is synced to the disk, whatever the policy. */
  sync(): Promise<void> {
    return this.#enqueue({ isSync: true })
  }

  /**
   * Closes the file and starts a new one. When it resolves, all lines appended so far are synced to the disk in the file
   * `closedPath`. Later lines go to a new file, which begins with `firstLine`.
   * @throws InvariantError if `closedPath` exists, or if the file has another size than was written
   */
  rotate(closedPath: string, firstLine: string): Promise<void> {
    return this.#enqueue({ rotation: { closedPath, firstLine, isRenamed: false } })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer?.()
    this.#endPause?.()
    await this.#writing
    for (const { reject } of this.#turns.splice(0)) reject(this.#refusal())
    try {
      if (this.#fsync !== 'no' && this.#isMeasured) await this.#sync().catch(() => this.#mend())
    } finally {
      await this.#syncing?.catch(() => {})
      await this.#file.close()
    }
  }

  #enqueue({ line, rotation, isSync }: Pick<Turn, 'line' | 'rotation' | 'isSync'>): Promise<void> {
    if (this.#closed) return Promise.reject(new UnavailableError('The journal is closed: the service is stopping.'))
    if (this.#failure) return Promise.reject(this.#refusal())
    const done = new Promise<void>((resolve, reject) => this.#turns.push({ line, rotation, isSync, resolve, reject }))
    this.#start()
    return done
  }

  #start(): void {
    if (this.#isWriting) return
    this.#isWriting = true
    this.#writing = this.#drain()
  }

  async #drain(): Promise<void> {
    while (this.#unwritten || this.#turns.length > 0 || this.#failure) {
      // A write costs more than the recording of an event: whatever the network has brought by now goes in one.
      await new Promise<void>((resolve) => this.#timers.atEndOfTurn(resolve))
      if (await this.#writeTurns()) continue
      if (this.#closed) break
      await this.#pause()
    }
    // In the turn in which nothing was left to do: whatever comes in the next microtask starts anew.
    this.#isWriting = false
  }

  /** @returns false when the disk refused */
  async #writeTurns(): Promise<boolean> {
    const end = this.#turns.findIndex(({ rotation }) => rotation)
    const turns = this.#turns.splice(0, end < 0 ? this.#turns.length : end)
    let text = ''
    for (const { line } of turns) if (line !== undefined) text += `${line}\n`
    if (text !== '') this.#take(text)
    try {
      await this.#write()
      if (this.#fsync === 'always' || this.#failure || turns.some(({ isSync }) => isSync)) await this.#sync()
      await this.#rotateIfDue()
      this.#failure = undefined
      for (const { resolve } of turns) resolve()
    } catch (error) {
      this.#fail(error as Error)
      for (const { reject } of turns) reject(this.#refusal())
      return false
    }
    this.#onWritten?.(this.#bytes)
    return true
  }

  #fail(error: Error): void {
    this.#failure = error
    this.#failures++
  }

  /** Resolves after a while, or at once when the journal is closed. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#timers.after(RETRY_MS, resolve)
      this.#endPause = () => {
        cancel()
        resolve()
      }
    })
  }

  #take(text: string): void {
    const added = Buffer.from(text)
    this.#unwritten = this.#unwritten ? Buffer.concat([this.#unwritten, added]) : added
  }

  /** Brings everything that was taken into a file that is in order. */
  async #write(): Promise<void> {
    if (!this.#isMeasured) await this.#measure()
    else if (this.#failure && !this.#isSuspect) this.#isSuspect = (await this.#file.stat()).size !== this.#bytes
    do {
      await this.#mend()
      while (this.#unwritten) {
        const { bytesWritten } = await this.#file.write(this.#unwritten)
        this.#bytes += bytesWritten
        this.#unsynced.push(this.#unwritten.subarray(0, bytesWritten))
        this.#unwritten = bytesWritten < this.#unwritten.length ? this.#unwritten.subarray(bytesWritten) : undefined
      }
      if (this.#bytes - this.#synced > MOST_UNSYNCED) await this.#sync()
      // The sync of the timer may have failed meanwhile.
    } while (this.#isSuspect)
  }

  /**
   * What the process before this one left is written again: a sync may have failed then, and the kernel would not say so twice. From
   * here on its events are answered as duplicates.
   */
  async #measure(): Promise<void> {
    this.#bytes = (await this.#file.stat()).size
    this.#synced = this.#bytes
    this.#isSuspect = this.#bytes > 0
    this.#isMeasured = true
  }

  /** @throws the error of the disk; then the file is suspect */
  async #sync(): Promise<void> {
    await this.#syncing?.catch(() => {})
    if (this.#isSuspect) throw this.#failure ?? new Error('the last sync failed')
    if (this.#bytes === this.#synced) return
    this.#syncing = this.#syncFile()
    try {
      await this.#syncing
    } finally {
      this.#syncing = undefined
    }
  }

  async #syncFile(): Promise<void> {
    const upTo = this.#bytes
    try {
      await this.#file.datasync()
    } catch (error) {
      this.#isSuspect = true
      throw error
    }
    while (this.#synced < upTo) this.#synced += this.#unsynced.shift()!.length
  }

  #syncLater(): void {
    this.#cancelTimer = this.#timers.after(SYNC_EVERY_MS, () => {
      this.#syncLater()
      if (this.#isSuspect || this.#syncing) return
      this.#sync().catch((error: Error) => {
        this.#fail(error)
        this.#start()
      })
    })
  }

  /** May fail at each step, and is then done again. */
  async #mend(): Promise<void> {
    if (this.#isSuspect) await this.#replaceFile()
    if (!this.#isNameSynced) await syncDirectory(dirname(this.path))
    this.#isNameSynced = true
  }

  async #replaceFile(): Promise<void> {
    const unfinished = unfinishedPath(this.path)
    const next = await open(unfinished, 'ax')
    const kept = Buffer.concat(this.#unsynced)
    try {
      await copyStart(this.path, this.#synced, next)
      await next.writeFile(kept)
      await next.datasync()
      await rename(unfinished, this.path)
    } catch (error) {
      await next.close()
      await rm(unfinished, { force: true })
      throw error
    }
    const replaced = this.#file
    this.#file = next
    this.#synced += kept.length
    this.#bytes = this.#synced
    this.#unsynced = []
    this.#isSuspect = false
    this.#isNameSynced = false
    await replaced.close().catch(() => {})
  }

  async #rotateIfDue(): Promise<void> {
    const [next] = this.#turns
    if (!next?.rotation) return
    try {
      await this.#turnOver(next.rotation)
      next.resolve()
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error
      next.reject(error)
    }
    this.#turns.shift()
  }

  /** May fail at each step, and is then done again from the beginning. */
  async #turnOver(rotation: Rotation): Promise<void> {
    if (!rotation.isRenamed) {
      await this.#sync()
      const { size } = await this.#file.stat()
      invariant(size === this.#bytes, 'JOURNAL_SIZE', `${this.path} has ${size} of the ${this.#bytes} bytes that were written`)
      invariant(!existsSync(rotation.closedPath), 'SEGMENT_EXISTS', `${rotation.closedPath} exists: a segment is never replaced`)
      await rename(this.path, rotation.closedPath)
    }
    rotation.isRenamed = true
    const next = await open(this.path, 'a')
    try {
      await syncDirectory(dirname(this.path))
    } catch (error) {
      await next.close()
      throw error
    }
    const closed = this.#file
    this.#file = next
    this.#bytes = 0
    this.#synced = 0
    this.#take(`${rotation.firstLine}\n`)
    await closed.close()
  }

  #refusal(): UnavailableError {
    return new UnavailableError(
      `The journal ${this.path} cannot be written (${this.#failure?.message}): nothing is recorded until this is repaired. Free space or repair the disk; send the event again with the same eventId.`,
      { cause: this.#failure },
    )
  }
}
