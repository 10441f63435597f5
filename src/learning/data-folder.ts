import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import type { z } from 'zod'
import { LiverankError } from '../errors.ts'
import { eventLine, itemLine, type LoggedEvent, type LoggedItem, type LoggedSlate, parseLine, slateLine } from './log-lines.ts'
import { countBroken, type LogProblems, refuseBroken } from './log-problems.ts'
import { LoggedSurfaces } from './logged-surfaces.ts'

/**
 * Events of a data folder, in the order of the file, which must be that of (timestamp, eventId). Broken lines and
 * repetitions are left out and counted in `problems`.
 * @param surfaceAttribute of `eventAttributes`: names the surface of events that have none (`LoggedSurfaces`)
 * @throws LiverankError UNUSABLE_DATA without events, out of order, with more than one broken line in a thousand, or where that
 * attribute names no surface
 */
export async function* readEvents(folder: string, problems: LogProblems, surfaceAttribute?: string): AsyncGenerator<LoggedEvent> {
  const path = fileOf(folder, 'events')
  if (!path) throw new LiverankError('UNUSABLE_DATA', `${folder} has no events.jsonl.gz or events.jsonl: name a data folder.`)
  const surfaces = surfaceAttribute === undefined ? undefined : new LoggedSurfaces(surfaceAttribute)
  let before: LoggedEvent | undefined
  for await (const line of lines(path)) {
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

/** Items of a data folder; none where it has no items. @throws LiverankError UNUSABLE_DATA naming a broken line */
export function readItems(folder: string): AsyncGenerator<LoggedItem> {
  return readWhole(folder, 'items', itemLine)
}

/** Slates of a data folder, in the order of the file; none where it has no slates. @throws LiverankError UNUSABLE_DATA naming a broken line */
export function readSlates(folder: string): AsyncGenerator<LoggedSlate> {
  return readWhole(folder, 'slates', slateLine)
}

/** Lines of a file in which none may be broken. */
async function* readWhole<T>(folder: string, name: string, schema: z.ZodType<T>): AsyncGenerator<T> {
  const path = fileOf(folder, name)
  if (!path) return
  let number = 0
  for await (const line of lines(path)) {
    number++
    const parsed = parseLine(schema, line)
    if (typeof parsed === 'string') throw new LiverankError('UNUSABLE_DATA', `${path}:${number}: ${parsed}`)
    yield parsed
  }
}

/** SHA-256 of the folder's files, hex. */
export async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of ['events', 'items', 'slates']) {
    const path = fileOf(folder, name)
    if (path) for await (const chunk of createReadStream(path)) hash.update(chunk)
  }
  return hash.digest('hex')
}

function fileOf(folder: string, name: string): string | undefined {
  return [`${name}.jsonl.gz`, `${name}.jsonl`].map((file) => join(folder, file)).find((path) => existsSync(path))
}

async function* lines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  yield* createInterface({ input: path.endsWith('.gz') ? file.pipe(createGunzip()) : file, crlfDelay: Number.POSITIVE_INFINITY })
}

function standsBefore(a: LoggedEvent, b: LoggedEvent): boolean {
  return a.timestamp < b.timestamp || (a.timestamp === b.timestamp && a.eventId < b.eventId)
}
