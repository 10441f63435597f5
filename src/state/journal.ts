import { createReadStream, existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LiverankError, UnavailableError } from '../errors.ts'

/** When what was written reaches the disk: before each answer, once a second, or when the system likes. */
export type FsyncPolicy = 'always' | 'everysec' | 'no'

interface Waiter {
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
  readonly #file: FileHandle
  readonly #fsync: FsyncPolicy
  #lines: string[] = []
  #waiters: Waiter[] = []
  #unwritten: Buffer | undefined
  #writing: Promise<void> | undefined
  #failure: Error | undefined
  #dirty = false
  #closed = false
  readonly #timer: NodeJS.Timeout | undefined

  private constructor(path: string, file: FileHandle, fsync: FsyncPolicy) {
    this.path = path
    this.#file = file
    this.#fsync = fsync
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

  static async open(path: string, fsync: FsyncPolicy): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true })
    return new Journal(path, await open(path, 'a'), fsync)
  }

  /** Why the disk refuses, while it does. */
  get failing(): Error | undefined {
    return this.#failure
  }

  /** Resolves when the line is written (and synced, with `always`). */
  append(line: string): Promise<void> {
    if (this.#closed) return Promise.reject(new UnavailableError('The journal is closed: the service is stopping.'))
    if (this.#failure) return Promise.reject(this.#refusal())
    const written = new Promise<void>((resolve, reject) => {
      this.#lines.push(line)
      this.#waiters.push({ resolve, reject })
    })
    this.#start()
    return written
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#writing
    try {
      if (this.#fsync !== 'no') await this.#file.datasync()
    } finally {
      await this.#file.close()
    }
  }

  #start(): void {
    if (this.#writing) return
    this.#writing = this.#drain().finally(() => {
      this.#writing = undefined
    })
  }

  async #drain(): Promise<void> {
    while (this.#unwritten || this.#lines.length > 0 || this.#failure) {
      const waiters = this.#waiters
      this.#waiters = []
      if (this.#lines.length > 0) {
        const added = Buffer.from(`${this.#lines.join('\n')}\n`)
        this.#unwritten = this.#unwritten ? Buffer.concat([this.#unwritten, added]) : added
        this.#lines = []
      }
      try {
        while (this.#unwritten) {
          const { bytesWritten } = await this.#file.write(this.#unwritten)
          this.#unwritten = bytesWritten < this.#unwritten.length ? this.#unwritten.subarray(bytesWritten) : undefined
        }
        // After a failure nobody knows what has reached the disk: it is mended only when a sync succeeds.
        if (this.#fsync === 'always' || (this.#failure && this.#fsync === 'everysec')) await this.#file.datasync()
        this.#dirty = true
        this.#failure = undefined
        for (const { resolve } of waiters) resolve()
      } catch (error) {
        this.#failure = error as Error
        for (const { reject } of waiters) reject(this.#refusal())
        if (this.#closed) return
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref())
      }
    }
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
 */
export async function* readJournal(
  path: string,
  warn: (message: string) => void,
): AsyncGenerator<{ line: string; where: string }> {
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
  if (rest.length === 0) return
  const aside = `${path}.torn-${intact}`
  await writeFile(aside, rest)
  await truncate(path, intact)
  warn(
    `${path}:${number + 1}: the last line was cut off in the middle of a write; it was never acknowledged. Set aside in ${aside}.`,
  )
}

/** @throws LiverankError CONFIGURATION when another process holds the directory */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
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
      throw new LiverankError(
        'CONFIGURATION',
        `${directory} is in use by process ${holder}: stop it, or give this one another DATA_DIR. Several processes share state through REDIS_URL.`,
      )
    }
    await rm(path, { force: true })
  }
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
