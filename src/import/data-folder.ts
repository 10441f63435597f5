import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import type { z } from 'zod'
import { InvalidInputError, LiverankError } from '../errors.ts'
import type { UserInput } from '../events/uploads.ts'
import type { ImportSource } from './import-source.ts'
import { eventLine, itemLine, type LoggedEvent, type LoggedItem, type LoggedSlate, parseLine, slateLine } from './log-lines.ts'
import { countBroken, type LogProblems, refuseBroken } from './log-problems.ts'
import { LoggedSurfaces } from './logged-surfaces.ts'

/** A log from elsewhere, as files of a folder, and how its places are named. */
export class DataFolder implements ImportSource {
  /** Its path, to name. */
  readonly folder: string
  readonly surfaceAttribute: string | undefined

  /**
   * Nothing is read until it is asked for.
   * @param surfaceAttribute of `eventAttributes`: names the surface of events that have none (`LoggedSurfaces`)
   */
  constructor(folder: string, surfaceAttribute?: string) {
    this.folder = folder
    this.surfaceAttribute = surfaceAttribute
  }

  /**
   * Its events, in the order of the file, which must be that of (timestamp, eventId). Broken lines and repetitions are left out and
   * counted in `problems`.
   * @throws InvalidInputError without a file of events; LiverankError UNUSABLE_DATA out of order, with more than one broken line in a thousand, or where the
   * surface attribute names no surface
   */
  async *events(problems: LogProblems): AsyncGenerator<LoggedEvent> {
    const path = this.expectEvents()
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
          `${path}:${problems.lines}: event ${event.eventId} stands behind ${before.eventId}, which comes later. Sort the log by (timestamp, eventId).`,
        )
      }
      before = event
      yield surfaces ? surfaces.on(event, `${path}:${problems.lines}`) : event
    }
    refuseBroken(problems)
    surfaces?.end(path)
  }

  /** Path of the file of its events. @throws InvalidInputError when it has none */
  expectEvents(): string {
    const path = this.#file('events')
    if (path === undefined)
      throw new InvalidInputError(`${this.folder} has no events.jsonl.gz or events.jsonl: name a data folder.`)
    return path
  }

  /** Its items; none where it has no items. @throws LiverankError UNUSABLE_DATA naming a broken line */
  items(): AsyncGenerator<LoggedItem> {
    return this.#whole('items', itemLine)
  }

  /** None: such a log says nothing of users but their events. */
  async *users(): AsyncGenerator<UserInput> {}

  /** Its slates, in the order of the file; none where it has no slates. @throws LiverankError UNUSABLE_DATA naming a broken line */
  slates(): AsyncGenerator<LoggedSlate> {
    return this.#whole('slates', slateLine)
  }

  /** SHA-256 of its files, hex: the surface attribute does not count. */
  async hash(): Promise<string> {
    const hash = createHash('sha256')
    for (const name of ['events', 'items', 'slates']) {
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
