import { createReadStream, existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LiverankError, UnavailableError } from '../errors.ts'
import { syncDirectory } from './durable-file.ts'
import type { PlacedLine } from './segments.ts'

/** When what was written reaches the disk: before each answer, once a second, or when the system likes. */
export type FsyncPolicy = 'always' | 'everysec' | 'no'

interface Rotation {
  readonly closedPath: string
  readonly firstLine: string
  isRenamed: boolean
}

/** A line to write, a change to a new file, or neither: then only the turn is waited for. */
interface Turn {
  readonly line?: string
  readonly rotation?: Rotation
  resolve(): void
  reject(error: Error): void
}

const RETRY_MS = 1000

/**
 * An append-only file of JSON lines. What `append` has resolved survives the process; with `always` also the machine.
 * Lines that come while others are written go out together. While the disk refuses, appends reject, the lines that were
 * taken are kept and written as soon as it can be done, and `failing` says so.
 */
export class Journal {
  readonly path: string
  #file: FileHandle
  #bytes: number
  readonly #fsync: FsyncPolicy
  #turns: Turn[] = []
  #unwritten: Buffer | undefined
  #writing: Promise<void> | undefined
  #failure: Error | undefined
  #dirty = false
  #closed = false
  readonly #timer: NodeJS.Timeout | undefined
  readonly #onWritten: ((bytes: number) => void) | undefined

  private constructor(path: string, file: FileHandle, bytes: number, fsync: FsyncPolicy, onWritten?: (bytes: number) => void) {
    this.path = path
    this.#file = file
    this.#bytes = bytes
    this.#fsync = fsync
    this.#onWritten = onWritten
    if (fsync === 'everysec') {
      this.#timer = setInterval(() => {
        if (!this.#dirty) return
        this.#dirty = false
        this.#file.datasync().catch((error: Error) => {
          this.#failure = error
          this.#start()
        })
      }, 1000)
      this.#timer.unref()
    }
  }

  /** @param onWritten told after each write how many bytes the file has */
  static async open(path: string, fsync: FsyncPolicy, onWritten?: (bytes: number) => void): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, 'a')
    return new Journal(path, file, (await file.stat()).size, fsync, onWritten)
  }

  /** Why the disk refuses, while it does. */
  get failing(): Error | undefined {
    return this.#failure
  }

  /** Resolves when the line is written (and synced, with `always`). */
  append(line: string): Promise<void> {
    return this.#enqueue({ line })
  }

  /** Resolves when all that was appended before is on the disk, whatever the policy. */
  async sync(): Promise<void> {
    await this.#enqueue({})
    await this.#file.datasync()
  }

  /**
   * What was appended until now stays in this file, which is on the disk and named `closedPath` when this resolves. What comes
   * from now on goes into a new one, which begins with `firstLine`.
   */
  rotate(closedPath: string, firstLine: string): Promise<void> {
    return this.#enqueue({ rotation: { closedPath, firstLine, isRenamed: false } })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#writing
    for (const { reject } of this.#turns.splice(0)) reject(this.#refusal())
    try {
      if (this.#fsync !== 'no') await this.#file.datasync()
    } finally {
      await this.#file.close()
    }
  }

  #enqueue(turn: Pick<Turn, 'line' | 'rotation'>): Promise<void> {
    if (this.#closed) return Promise.reject(new UnavailableError('The journal is closed: the service is stopping.'))
    if (this.#failure) return Promise.reject(this.#refusal())
    const done = new Promise<void>((resolve, reject) => this.#turns.push({ ...turn, resolve, reject }))
    this.#start()
    return done
  }

  #start(): void {
    if (this.#writing) return
    this.#writing = this.#drain().finally(() => {
      this.#writing = undefined
    })
  }

  async #drain(): Promise<void> {
    while (this.#unwritten || this.#turns.length > 0 || this.#failure) {
      const end = this.#turns.findIndex(({ rotation }) => rotation)
      const turns = this.#turns.splice(0, end < 0 ? this.#turns.length : end)
      const lines = turns.flatMap(({ line }) => (line === undefined ? [] : [line]))
      if (lines.length > 0) this.#take(`${lines.join('\n')}\n`)
      try {
        while (this.#unwritten) {
          const { bytesWritten } = await this.#file.write(this.#unwritten)
          this.#bytes += bytesWritten
          this.#unwritten = bytesWritten < this.#unwritten.length ? this.#unwritten.subarray(bytesWritten) : undefined
        }
        // After a failure nobody knows what has reached the disk: it is mended only when a sync succeeds.
        if (this.#fsync === 'always' || (this.#failure && this.#fsync === 'everysec')) await this.#file.datasync()
        const [next] = this.#turns
        if (next?.rotation) {
          await this.#turnOver(next.rotation)
          turns.push(next)
          this.#turns.shift()
        }
        this.#dirty = true
        this.#failure = undefined
        for (const { resolve } of turns) resolve()
        this.#onWritten?.(this.#bytes)
      } catch (error) {
        this.#failure = error as Error
        for (const { reject } of turns) reject(this.#refusal())
        if (this.#closed) return
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref())
      }
    }
  }

  #take(text: string): void {
    const added = Buffer.from(text)
    this.#unwritten = this.#unwritten ? Buffer.concat([this.#unwritten, added]) : added
  }

  /** May fail at each step, and is then done again from the beginning. */
  async #turnOver(rotation: Rotation): Promise<void> {
    await this.#file.datasync()
    if (!rotation.isRenamed) await rename(this.path, rotation.closedPath)
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
    this.#take(`${rotation.firstLine}\n`)
    await closed.close()
  }

  #refusal(): UnavailableError {
    return new UnavailableError(
      `The journal ${this.path} cannot be written (${this.#failure?.message}): nothing is recorded until it can. Make room or mend the disk; retry with the same eventId.`,
      { cause: this.#failure },
    )
  }
}

/**
 * Reads the lines of a journal, each with its place for messages. A last line without its end was being written when the
 * process died: it is cut off, set aside in a file beside the journal, and reported.
 * @param warn absent: the journal is another process's, which may be writing that line, and is left as it is
 */
export async function* readJournal(path: string, warn: ((message: string) => void) | undefined): AsyncGenerator<PlacedLine> {
  if (!existsSync(path)) return
  let rest: Buffer = Buffer.alloc(0)
  let number = 0
  let intact = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer)
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      number++
      yield { line: bytes.toString('utf8', start, end), where: `${path}:${number}` }
      start = end + 1
    }
    intact += start
    rest = bytes.subarray(start)
  }
  if (rest.length === 0 || !warn) return
  const aside = `${path}.torn-${intact}`
  await writeFile(aside, rest)
  await truncate(path, intact)
  warn(
    `${path}:${number + 1}: the last line was cut off in the middle of a write; it was never acknowledged. Set aside in ${aside}.`,
  )
}

const OTHER_DATA_DIR = 'stop it, or give this one another DATA_DIR. Several processes share state through REDIS_URL.'

/**
 * @param advice what to do when another process holds the directory
 * @throws LiverankError CONFIGURATION when another process holds it
 */
export async function lockDirectory(directory: string, advice = OTHER_DATA_DIR): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true })
  const path = `${directory}/lock`
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' })
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = await readFile(path, 'utf8').catch(() => undefined)
    if (holder !== undefined && isRunning(Number(holder))) {
      throw new LiverankError('CONFIGURATION', `${directory} is in use by process ${holder}: ${advice}`)
    }
    await rm(path, { force: true })
  }
}

/** Whether a process that runs, other than this one, holds the directory. */
export async function isLocked(directory: string): Promise<boolean> {
  return isRunning(Number(await readFile(`${directory}/lock`, 'utf8').catch(() => Number.NaN)))
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
