import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import type { z } from 'zod'
import { InvalidInputError, LiverankError } from '../errors.ts'
import type { ImportSource } from './import-source.ts'
import {
  eventLine,
  itemLine,
  type LoggedEvent,
  type LoggedItem,
  type LoggedSlate,
  type LoggedUser,
  parseLine,
  slateLine,
  userLine,
} from './log-lines.ts'
import { countBroken, type LogProblems, refuseBroken } from './log-problems.ts'
import { LoggedSurfaces } from './logged-surfaces.ts'

/** Names of the files, without their endings. */
const FILES = ['events', 'items', 'users', 'slates'] as const

/** A log of another system, as files of a folder. */
export class DataFolder implements ImportSource {
  /** Path of the folder, for messages. */
  readonly folder: string
  readonly surfaceAttribute: string | undefined
  readonly usersHaveTimes = true

  /**
   * Reads nothing yet.
   * @param surfaceAttribute name of the attribute in `eventAttributes` that holds the surface of events without one; see
   * `LoggedSurfaces`
   */
  constructor(folder: string, surfaceAttribute?: string) {
    this.folder = folder
    this.surfaceAttribute = surfaceAttribute
  }

  /**
   * Yields the events in the order of the file, which must be sorted by (timestamp, eventId). Broken lines and repeated events are
   * left out and counted in `problems`.
   * @throws InvalidInputError if there is no file of events
   * @throws LiverankError UNUSABLE_DATA if the events are out of order, if more than one line in a thousand is broken, or if the
   * surface attribute names no surface
   */
  async *events(problems: LogProblems): AsyncGenerator<LoggedEvent> {
    const path = this.#eventsPath()
    const surfaces = this.surfaceAttribute === undefined ? undefined : new LoggedSurfaces(this.surfaceAttribute)
    let before: LoggedEvent | undefined
    for await (const line of linesOf(path)) {
      problems.lines++
      const event = parseLine(eventLine, line)
      if (typeof event === 'string') {
        countBroken(problems, `${path}:${problems.lines}: ${event}`)
        continue
      }
      if (before && event.eventId === before.eventId && event.userId === before.userId) {
        problems.duplicates++
        continue
      }
      if (before && standsBefore(event, before)) {
        throw new LiverankError(
          'UNUSABLE_DATA',
          `${path}:${problems.lines}: event ${event.eventId} follows ${before.eventId}, but sorts before it. Sort the log by (timestamp, eventId).`,
        )
      }
      before = event
      yield surfaces ? surfaces.on(event, `${path}:${problems.lines}`) : event
    }
    refuseBroken(problems)
    surfaces?.end(path)
  }

  /** Returns the path of the file of events. @throws InvalidInputError if there is none */
  #eventsPath(): string {
    const path = this.#file('events')
    if (path === undefined)
      throw new InvalidInputError(`${this.folder} has no events.jsonl.gz or events.jsonl: name a data folder.`)
    return path
  }

  /** Checks that the files can be read, and reads none. @throws InvalidInputError if there is no file of events, or a file is a folder */
  async expectReadable(): Promise<void> {
    this.#eventsPath()
    for (const name of FILES) {
      const path = this.#file(name)
      if (path === undefined) continue
      await access(path, constants.R_OK)
      if ((await stat(path)).isDirectory()) throw new InvalidInputError(`${path} is a folder, but must be a file: rename it.`)
    }
  }

  /** Yields the items; none if the folder has no file of items. @throws LiverankError UNUSABLE_DATA naming a broken line */
  items(): AsyncGenerator<LoggedItem> {
    return this.#whole('items', itemLine)
  }

  /**
   * Yields what the log knows about users, in the order of the file; none if the folder has no file of users.
   * @throws LiverankError UNUSABLE_DATA naming a broken line
   */
  users(): AsyncGenerator<LoggedUser> {
    return this.#whole('users', userLine)
  }

  /**
   * Yields the slates in the order of the file; none if the folder has no file of slates.
   * @throws LiverankError UNUSABLE_DATA naming a broken line
   */
  slates(): AsyncGenerator<LoggedSlate> {
    return this.#whole('slates', slateLine)
  }

  /** Returns the SHA-256 of the files, in hex. Does not depend on the surface attribute. */
  async hash(): Promise<string> {
    const hash = createHash('sha256')
    for (const name of FILES) {
      const path = this.#file(name)
      if (path) for await (const chunk of createReadStream(path)) hash.update(chunk)
    }
    return hash.digest('hex')
  }

  /** Lines of a file in which none may be broken. */
  async *#whole<T>(name: string, schema: z.ZodType<T>): AsyncGenerator<T> {
    const path = this.#file(name)
    if (!path) return
    let number = 0
    for await (const line of linesOf(path)) {
      number++
      const parsed = parseLine(schema, line)
      if (typeof parsed === 'string') throw new LiverankError('UNUSABLE_DATA', `${path}:${number}: ${parsed}`)
      yield parsed
    }
  }

  #file(name: string): string | undefined {
    return [`${name}.jsonl.gz`, `${name}.jsonl`].map((file) => join(this.folder, file)).find((path) => existsSync(path))
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  yield* createInterface({ input: path.endsWith('.gz') ? file.pipe(createGunzip()) : file, crlfDelay: Number.POSITIVE_INFINITY })
}

function standsBefore(a: LoggedEvent, b: LoggedEvent): boolean {
  return a.timestamp < b.timestamp || (a.timestamp === b.timestamp && a.eventId < b.eventId)
}
