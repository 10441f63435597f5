import { z } from 'zod'
import { LiverankError } from '../../errors.ts'
import type { LoggedIncrements } from '../increments.ts'
import type { SlotNames } from '../slots.ts'
import { siftIncrements } from '../sound-increments.ts'
import type { Json, JsonObject } from '../user-value.ts'

/** An event as it was recorded: what the client sent, with what the server filled in. */
export interface RecordedEvent {
  readonly eventId: string
  readonly userId: string
  readonly itemId?: string
  readonly eventType: string
  readonly eventAttributes?: JsonObject
  /** ms since 1970. */
  readonly timestamp: number
  readonly sessionId?: string
  readonly recommendationId?: string
  /** Of an impression of a slate: the positions that became visible. 1 is the top. */
  readonly positions?: readonly number[]
}

/** Declared attributes of an item: texts, lists of texts, numbers. */
export type DeclaredAttributes = { readonly [name: string]: string | number | readonly string[] }

/** An item that an event concerns, as it was known when the event was recorded. */
export interface ItemFacts {
  readonly itemId: string
  readonly attributes: DeclaredAttributes
  /** Of what was shown: 1 is the top. */
  readonly position?: number
  /** Click rate of that position on that surface, as it stood. */
  readonly positionRate?: number
}

/** How the exploration slot of a slate was filled, as far as rewards need it. */
export interface SlotDrawn {
  /** Names the draw, among those of the user: slates that repeat it have it too. A whole number below 2^32. */
  readonly decision: number
  /** When, in ms of the clock that features see. */
  readonly decided: number
  /** Name of the sums that learn from it. */
  readonly sums: string
  /** What the reward model knew of the item: whole numbers from 0 to 90. */
  readonly inputs: readonly number[]
  /** The highest reward that was foreseen of an item that could have been drawn. */
  readonly best: number
  /** One over the probability with which the item was drawn, if it is the one of that reward; else 0. */
  readonly weight: number
}

/** What reducers need beyond the user's state, looked up once when the event was recorded. A replay looks nothing up. */
export interface EventFacts {
  /** Items that the event concerns: none, the one it names, or those of a slate that became visible. */
  readonly items: readonly ItemFacts[]
  readonly surface?: string
  readonly device?: string
  /** That made the slate. */
  readonly policy?: string
  /** Of an event that names a slate, and concerns the item of its exploration slot. */
  readonly explored?: SlotDrawn
  /** Why the event is logged and not counted: it came too late, says that it is no customer's, or came too fast for a person. */
  readonly ignored?: 'late' | 'marked' | 'bot'
}

/** One step of one user: one event, or several that came together, with all that they add to shared sums. */
export interface EventsEntry {
  readonly kind: 'events'
  readonly userId: string
  /** The user's version after the step. */
  readonly version: number
  /** When it was recorded, in ms of the clock that features see. */
  readonly recordedAt: number
  readonly events: readonly { readonly event: RecordedEvent; readonly facts: EventFacts }[]
  readonly increments: readonly LoggedIncrements[]
}

/** An uploaded item, user or offline list, standing rules, or all models, as it stands after the change. */
export interface UploadEntry {
  readonly kind: 'item' | 'user' | 'list' | 'models' | 'rules'
  readonly id: string
  /** ms of the clock that features see. */
  readonly at: number
  /** Of a user: their version after the upload. */
  readonly version?: number
  /** Of a user: whether they have opted out. */
  readonly optedOut?: boolean
  readonly upload: JsonObject
}

/**
 * What a merge of two users did to one of them. `expect` names the id that will become the user's, and `leave` the user that the id
 * becomes. `take` names the id that was taken, with all that was known under it, an encoded value in base64. `left` and `stay` name
 * nobody. `list` gives the ids that the value lists after the step. `erasing` empties the value, and gives ids of the same person.
 */
export type MergeStep =
  | { readonly step: 'expect' | 'leave' | 'left' | 'stay'; readonly other: string }
  | { readonly step: 'take'; readonly other: string; readonly value: string }
  | ({ readonly step: 'list'; readonly other: '' } & ListedIds)
  | { readonly step: 'erasing'; readonly other: ''; readonly ids: readonly string[] }

/** Ids that a user's value lists: see `UserValue`. */
export interface ListedIds {
  readonly mergedFrom: readonly string[]
  readonly arriving: readonly string[]
}

export type MergeEntry = MergeStep & {
  readonly kind: 'merge'
  readonly id: string
  /** ms of the clock that features see. */
  readonly at: number
  /** The user's version after the step. */
  readonly version: number
}

/** What was asked, beyond what the slate itself says. */
export interface LoggedRequest {
  readonly sessionId?: string
  readonly anchorItemId?: string
  /** Those of the request; what they lack was left to the standing rules. */
  readonly rules?: object
}

/**
 * How far the state that a decision read had come. In the embedded store: how many entries of the journal it lacked, of those
 * before its own. In Redis: per shard, per partition, the id of the last log entry that was folded into it.
 */
export type LoggedPosition = { readonly behind: number } | { readonly marks: readonly (readonly string[])[] }

/** What a slate was made from. */
export interface LoggedDecision {
  /** Whose state was read: of an id that became another's, that user. */
  readonly userId: string
  readonly position: LoggedPosition
  /** All candidates, the rows of the vectors. */
  readonly itemIds: readonly string[]
  /** By candidate, when what this process knew of the item was uploaded, in ms; null for an unknown one. */
  readonly updatedAt: readonly (number | null)[]
  /** Names of the columns. */
  readonly features: readonly string[]
  /** float32, little endian, column after column, NaN where missing; raw deflate, base64. */
  readonly vectors: string
}

/** A slate as it was served. */
export interface SlateEntry {
  readonly kind: 'slate'
  readonly recommendationId: string
  readonly userId: string
  readonly at: number
  /** JSON; what is undefined in it is left out when it is written. */
  readonly slate: object
  readonly request?: LoggedRequest
  /** Of a sample. */
  readonly decision?: LoggedDecision
}

/** What events of someone who was erased had added to shared sums. */
export interface SumsEntry {
  readonly kind: 'sums'
  /** When the first of them was recorded, in ms. */
  readonly at: number
  readonly increments: readonly LoggedIncrements[]
}

/** From here on nothing is known of a user any more, or of their list. Goes itself, when all that it speaks of is gone. */
export interface EraseEntry {
  readonly kind: 'erase'
  readonly of: 'user' | 'item' | 'list' | 'models' | 'rules'
  readonly id: string
  readonly at: number
}

/** Names of the columns that increments from here on refer to. */
export interface LayoutEntry {
  readonly kind: 'layout'
  readonly format: 1
  readonly names: SlotNames
}

export type LogEntry = EventsEntry | UploadEntry | MergeEntry | SlateEntry | SumsEntry | EraseEntry | LayoutEntry

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)]),
)
const jsonObject = z.record(z.string(), json)
/** ms, or a version. */
const time = z.number().int().nonnegative()

const itemFacts = z.object({
  itemId: z.string(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())])),
  position: z.number().optional(),
  positionRate: z.number().optional(),
})

const recordedEvent = z.object({
  eventId: z.string(),
  userId: z.string(),
  itemId: z.string().optional(),
  eventType: z.string(),
  eventAttributes: jsonObject.optional(),
  timestamp: time,
  sessionId: z.string().optional(),
  recommendationId: z.string().optional(),
  positions: z.array(z.number()).optional(),
})

/** What a log, or a slate, says of a slot that was drawn. */
export const slotDrawn = z.object({
  decision: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  decided: z.number(),
  sums: z.string(),
  inputs: z.array(z.number().int().min(0).max(90)),
  // Absent in what was served before these were kept.
  best: z.number().default(0),
  weight: z.number().min(0).default(0),
})

const eventFacts = z.object({
  items: z.array(itemFacts),
  surface: z.string().optional(),
  device: z.string().optional(),
  policy: z.string().optional(),
  explored: slotDrawn.optional(),
  ignored: z.enum(['late', 'marked', 'bot']).optional(),
})

const ofMerge = { kind: z.literal('merge'), id: z.string(), at: z.number(), version: z.number(), other: z.string() }

const loggedRequest = z.object({
  sessionId: z.string().optional(),
  anchorItemId: z.string().optional(),
  rules: jsonObject.optional(),
})

const loggedDecision = z.object({
  userId: z.string(),
  position: z.union([z.object({ behind: z.number() }), z.object({ marks: z.array(z.array(z.string())) })]),
  itemIds: z.array(z.string()),
  updatedAt: z.array(z.number().nullable()),
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
    events: z.array(z.object({ event: recordedEvent, facts: eventFacts })),
    increments,
  }),
  z.object({ kind: z.literal('sums'), at: z.number(), increments }),
  z.object({ kind: z.literal('erase'), of: z.enum(['user', 'item', 'list', 'models', 'rules']), id: z.string(), at: z.number() }),
  z.object({
    kind: z.enum(['item', 'user', 'list', 'models', 'rules']),
    id: z.string(),
    at: z.number(),
    version: z.number().optional(),
    optedOut: z.boolean().optional(),
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
    z.object({ ...ofMerge, step: z.literal('erasing'), other: z.literal(''), ids: z.array(z.string()) }),
  ]),
  z.object({
    kind: z.literal('slate'),
    recommendationId: z.string(),
    userId: z.string(),
    at: z.number(),
    slate: jsonObject,
    request: loggedRequest.optional(),
    decision: loggedDecision.optional(),
  }),
  z.object({
    kind: z.literal('layout'),
    format: z.literal(1),
    names: z.object({ item: z.array(z.string()), attribute: z.array(z.string()) }),
  }),
])

const ofAnyKind = z.looseObject({ kind: z.string() })
const KINDS: ReadonlySet<string> = new Set([
  ...['events', 'sums', 'erase', 'merge', 'slate', 'layout'],
  ...['item', 'user', 'list', 'models', 'rules'],
])

/** A line that is JSON of a known kind, but cannot be used, wholly or in part. Whoever reads a log may set it aside and go on. */
export class PoisonedEntryError extends LiverankError {
  /** The place of the line, such as `data/journal.jsonl:17`. */
  readonly where: string
  /** What is wrong with it. */
  readonly what: string
  constructor(where: string, what: string, options?: ErrorOptions) {
    super('DAMAGED_LOG', `${where}: ${what}`, options)
    this.where = where
    this.what = what
  }
}

/** Told of the increments of an entry that were left out, as they stand in the log. */
export type OnPoisonedIncrements = (error: PoisonedEntryError, increments: readonly unknown[]) => void

/**
 * One line of a journal, an archive or a log.
 * @param where names the place in messages, such as `data/journal.jsonl:17`
 * @param onPoisoned told of increments that are left out of the entry; absent: they make the whole entry poisoned
 * @throws PoisonedEntryError when the line is JSON, and no entry of its kind
 * @throws LiverankError DAMAGED_LOG when it is not JSON, no valid layout, or of a kind that this version does not know
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
  if (entry.kind !== 'events' && entry.kind !== 'sums') return entry
  const { sound, poisoned } = siftIncrements(entry.increments)
  if (poisoned.length > 0) {
    const error = new PoisonedEntryError(where, poisonedIncrements(poisoned))
    if (!onPoisoned) throw error
    onPoisoned(error, poisoned)
  }
  return { ...entry, increments: sound }
}

/** Says which increments of an entry are poisoned. */
export function poisonedIncrements(poisoned: readonly unknown[]): string {
  return `not a log entry of format 1 (increments: ${poisoned.length} cannot be added, such as ${String(JSON.stringify(poisoned[0])).slice(0, 200)})`
}
