import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { LiverankError } from '../errors.ts'
import type { EventInput } from '../events/event-input.ts'
import { LoggedSurfaces } from './logged-surfaces.ts'

/** An event of a log: an EventInput whose id and time are there. */
export type LoggedEvent = EventInput & { readonly eventId: string; readonly timestamp: number }

const json = z.record(z.string(), z.json())

const eventLine = z.object({
  eventId: z.string(),
  userId: z.string(),
  itemId: z.string().optional(),
  eventType: z.string(),
  eventAttributes: json.optional(),
  timestamp: z.number().int().positive(),
  sessionId: z.string().optional(),
  recommendationId: z.string().optional(),
  positions: z.array(z.number()).optional(),
})

const itemLine = z.object({ itemId: z.string(), attributes: json, available: z.boolean().optional() })
export type LoggedItem = z.infer<typeof itemLine>

const slateLine = z.object({
  recommendationId: z.string(),
  userId: z.string(),
  surface: z.string().nullish(),
  device: z.string().nullish(),
  generatedAt: z.number().int().positive(),
  version: z.number().optional(),
  items: z.array(z.object({ itemId: z.string() })),
})
/** A slate as the service logged it. Its items stand in order, the top first. */
export type LoggedSlate = z.infer<typeof slateLine> & {
  /** Of a log that has slates in their places: its number among them, counted down from -1, apart from those of events. */
  readonly decision?: number
}

/** A slate as it stands in a log of the service. @throws when it is none */
export function parseSlate(slate: unknown): LoggedSlate {
  return slateLine.parse(slate)
}

/** Of broken lines, so many are named; past this share of all lines the log is refused. */
const NAMED = 10
const MOST_BROKEN = 0.001

/** What was wrong with a log. */
export interface LogProblems {
  lines: number
  broken: number
  /** Repetitions of an event right behind itself, which are left out. */
  duplicates: number
  readonly named: string[]
}

export function noProblems(): LogProblems {
  return { lines: 0, broken: 0, duplicates: 0, named: [] }
}

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
      problems.broken++
      if (problems.named.length < NAMED) problems.named.push(`${path}:${problems.lines}: ${event}`)
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

/** @throws LiverankError UNUSABLE_DATA with more than one broken line in a thousand */
export function refuseBroken({ broken, lines, named }: LogProblems): void {
  if (broken <= lines * MOST_BROKEN) return
  throw new LiverankError(
    'UNUSABLE_DATA',
    `${broken} of ${lines} lines are broken, more than one in a thousand: mend or remove them.\n  ${named.join('\n  ')}`,
  )
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

function parseLine<T>(schema: z.ZodType<T>, line: string): T | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return 'the line is not JSON'
  }
  const result = schema.safeParse(parsed)
  if (result.success) return result.data
  const [issue] = result.error.issues
  return `${issue.path.join('.')}: ${issue.message}`
}
