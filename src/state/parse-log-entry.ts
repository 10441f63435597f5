import { z } from 'zod'
import { LiverankError } from '../errors.ts'
import { siftIncrements } from './increments.ts'
import type { LogEntry } from './log-entry.ts'
import { SUBJECT_KINDS } from './subject.ts'
import type { Json } from './user-value.ts'

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)]),
)
const jsonObject = z.record(z.string(), json)
/** ms, or a version. */
const time = z.number().int().nonnegative()

const countedValues = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))

const itemFacts = z.object({
  itemId: z.string(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())])),
  position: z.number().exactOptional(),
  positionRate: z.number().exactOptional(),
  unknown: z.literal(true).exactOptional(),
  life: z.int().positive().exactOptional(),
  capped: z.union([z.literal(true), z.literal('unknown')]).exactOptional(),
})

const recordedEvent = z.object({
  eventId: z.string(),
  userId: z.string(),
  itemId: z.string().exactOptional(),
  eventType: z.string(),
  eventAttributes: jsonObject.exactOptional(),
  timestamp: time,
  sessionId: z.string().exactOptional(),
  recommendationId: z.string().exactOptional(),
  positions: z.array(z.number()).exactOptional(),
})

/** Schema of a draw of the exploration slot, in logs and slates. */
export const slotDrawn = z.object({
  itemId: z.string().exactOptional(),
  decision: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  decided: z.number(),
  sums: z.string(),
  inputs: z.array(z.number().int().min(0).max(90)),
  best: z.number(),
  weight: z.number().min(0),
})

const places = z.array(z.number().int().nonnegative())
const observedChoice = z.object({
  sums: z.array(z.string()),
  places,
  lists: z.object({ lengths: places, leading: places, credits: z.array(z.number().min(0).max(1)) }).exactOptional(),
  kind: z.enum(['same', 'other']).exactOptional(),
})

const eventFacts = z.object({
  items: z.array(itemFacts),
  surface: z.string().exactOptional(),
  undeclaredSurface: z.literal(true).exactOptional(),
  fromDevice: z.literal(true).exactOptional(),
  device: z.string().exactOptional(),
  policy: z.string().exactOptional(),
  explored: slotDrawn.exactOptional(),
  choice: observedChoice.exactOptional(),
  ignored: z.enum(['late', 'marked', 'bot']).exactOptional(),
  rareValues: z.array(z.string()).exactOptional(),
})

const ofMerge = { kind: z.literal('merge'), id: z.string(), at: z.number(), version: z.number(), other: z.string() }

const loggedRequest = z.object({
  sessionId: z.string().exactOptional(),
  anchorItemIds: z.array(z.string()).exactOptional(),
  given: z
    .object({
      itemIds: z.array(z.string()),
      scores: z.array(z.number().nullable()).exactOptional(),
      ordered: z.literal(true).exactOptional(),
    })
    .exactOptional(),
  after: z.string().exactOptional(),
  rules: jsonObject.exactOptional(),
  context: countedValues.exactOptional(),
})

const loggedDecision = z.object({
  userId: z.string(),
  position: z.union([z.object({ behind: z.number() }), z.object({ marks: z.array(z.array(z.string())) })]),
  itemIds: z.array(z.string()),
  updatedAt: z.array(z.number().nullable()),
  lives: z.number().exactOptional(),
  neighbours: z.object({ version: z.string(), servedAt: z.number() }).exactOptional(),
  features: z.array(z.string()),
  vectors: z.string(),
})

/** Checked apart, number by number: a poisoned one must not take its entry along. */
const increments = z.unknown()

const logEntry = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('events'),
    userId: z.string(),
    version: time,
    recordedAt: time,
    userAttributes: countedValues.exactOptional(),
    events: z.array(z.object({ event: recordedEvent, facts: eventFacts })),
    increments,
  }),
  z.object({ kind: z.literal('sums'), at: z.number(), increments }),
  z.object({ kind: z.literal('erase'), of: z.enum(SUBJECT_KINDS), id: z.string(), at: z.number() }),
  z.object({
    kind: z.enum(SUBJECT_KINDS),
    id: z.string(),
    at: z.number(),
    version: z.number().exactOptional(),
    optedOut: z.boolean().exactOptional(),
    consent: z.object({ given: z.boolean(), at: z.number() }).exactOptional(),
    upload: jsonObject,
  }),
  z.discriminatedUnion('step', [
    z.object({ ...ofMerge, step: z.enum(['expect', 'leave', 'left', 'stay']) }),
    z.object({
      ...ofMerge,
      step: z.literal('list'),
      other: z.literal(''),
      mergedFrom: z.array(z.string()),
      arriving: z.array(z.string()),
    }),
    z.object({ ...ofMerge, step: z.literal('take'), value: z.base64() }),
    z.object({
      ...ofMerge,
      step: z.literal('erasing'),
      other: z.literal(''),
      ids: z.array(z.string()),
      increments: increments.optional(),
    }),
  ]),
  z.object({
    kind: z.literal('slate'),
    recommendationId: z.string(),
    userId: z.string(),
    at: z.number(),
    slate: jsonObject,
    request: loggedRequest.exactOptional(),
    decision: loggedDecision.exactOptional(),
  }),
  z.object({
    kind: z.literal('layout'),
    format: z.literal(1),
    after: z.string().exactOptional(),
    names: z.object({ item: z.array(z.string()), attribute: z.array(z.string()) }),
  }),
])

const ofAnyKind = z.looseObject({ kind: z.string() })
const KINDS: ReadonlySet<string> = new Set([...['events', 'sums', 'erase', 'merge', 'slate', 'layout'], ...SUBJECT_KINDS])

/**
 * Error for a line that is JSON of a known kind but cannot be used, wholly or in part. A reader of the log may set the line aside
 * and continue.
 */
export class PoisonedEntryError extends LiverankError {
  /** Place of the line, such as `data/journal.jsonl:17`. */
  readonly where: string
  /** Describes the problem. */
  readonly what: string
  constructor(where: string, what: string, options?: ErrorOptions) {
    super('DAMAGED_LOG', `${where}: ${what}`, options)
    this.where = where
    this.what = what
  }
}

/** Called for increments of an entry that are left out, as logged. */
export type OnPoisonedIncrements = (error: PoisonedEntryError, increments: readonly unknown[]) => void

/**
 * Parses one line of a journal, an archive or a log.
 * @param where place of the line for messages, such as `data/journal.jsonl:17`
 * @param onPoisoned called for increments that are left out of the entry; if absent, they make the whole entry poisoned
 * @throws PoisonedEntryError if the line is JSON, but not a valid entry of its kind
 * @throws LiverankError DAMAGED_LOG if the line is not JSON, not a valid layout, or of a kind unknown to this version
 */
export function parseLogEntry(line: string, where: string, onPoisoned?: OnPoisonedIncrements): LogEntry {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    throw new LiverankError('DAMAGED_LOG', `${where}: the line is not JSON`)
  }
  const kind = ofAnyKind.safeParse(parsed).data?.kind
  if (kind !== undefined && !KINDS.has(kind)) {
    throw new LiverankError(
      'DAMAGED_LOG',
      `${where}: unknown kind of entry ${JSON.stringify(kind)}. Start the version that wrote the log, or a later one.`,
    )
  }
  const result = logEntry.safeParse(parsed)
  if (!result.success) {
    const [issue] = result.error.issues
    const what = `not a log entry of format 1 (${issue.path.join('.')}: ${issue.message})`
    // Without the names of the columns, nothing behind this line can be read.
    if (kind === 'layout') throw new LiverankError('DAMAGED_LOG', `${where}: ${what}`)
    throw new PoisonedEntryError(where, what)
  }
  const entry = result.data
  if (entry.kind === 'events' || entry.kind === 'sums')
    return { ...entry, increments: soundIncrements(entry.increments, where, onPoisoned) }
  if (entry.kind !== 'merge' || entry.step !== 'erasing') return entry
  const { increments: withdrawn, ...erasing } = entry
  return withdrawn === undefined ? erasing : { ...erasing, increments: soundIncrements(withdrawn, where, onPoisoned) }
}

/** @throws PoisonedEntryError if some increments are poisoned, and nobody takes them */
function soundIncrements(logged: unknown, where: string, onPoisoned: OnPoisonedIncrements | undefined) {
  const { sound, poisoned } = siftIncrements(logged)
  if (poisoned.length > 0) {
    const error = new PoisonedEntryError(where, poisonedIncrements(poisoned))
    if (!onPoisoned) throw error
    onPoisoned(error, poisoned)
  }
  return sound
}

/** Returns a text that lists the poisoned increments of an entry. */
export function poisonedIncrements(poisoned: readonly unknown[]): string {
  return `not a log entry of format 1 (increments: ${poisoned.length} cannot be added, such as ${String(JSON.stringify(poisoned[0])).slice(0, 200)})`
}
