import type { LoggedIncrements, WrittenIncrements } from './increments.ts'
import type { SlotNames } from './slots.ts'
import type { Subject } from './subject.ts'
import type { MergeStep } from './user-links.ts'
import type { Consent, JsonObject } from './user-value.ts'

/** An event as recorded: the client's input, completed by the server. */
export interface RecordedEvent {
  readonly eventId: string
  readonly userId: string
  readonly itemId?: string
  readonly eventType: string
  readonly eventAttributes?: JsonObject
  /** Time of the event, in ms since 1970. */
  readonly timestamp: number
  readonly sessionId?: string
  readonly recommendationId?: string
  /** Slate positions that became visible, counted from 1 at the top. For impressions of a slate. */
  readonly positions?: readonly number[]
}

/** Declared attributes of an item: texts, lists of texts, numbers. */
export type DeclaredAttributes = { readonly [name: string]: string | number | readonly string[] }

/** The counted value of one declared attribute of a user or a request: a text, up to eight texts, a number, or a flag. */
export type CountedValue = string | number | boolean | readonly string[]

/** The counted values of the declared attributes of a user or a request, by name. */
export interface CountedValues {
  readonly [name: string]: CountedValue
}

/** An item of an event, as known when the event was recorded. */
export interface ItemFacts {
  readonly itemId: string
  readonly attributes: DeclaredAttributes
  /** Position at which the item was shown, counted from 1 at the top. */
  readonly position?: number
  /** Click rate of that position on that surface at the time. */
  readonly positionRate?: number
  /** True if the item had never been uploaded. Absent otherwise. */
  readonly unknown?: true
  /** Number of times that the item had been uploaded again after it was deleted. Absent in its first life. */
  readonly life?: number
  /**
   * Present if the user was over a limit: then the event changes the user's own state, and nothing that counts the item for others.
   * True for the number of events on the item per hour, or their weight per day; `unknown` for that of unknown items per hour.
   */
  readonly capped?: true | 'unknown'
}

/** Draw of the exploration slot of a slate, as needed for rewards. */
export interface SlotDrawn {
  /** The drawn item, if the event names further items. Absent otherwise. */
  readonly itemId?: string
  /** Identifies the draw among those of the user. Slates that repeat a draw have the same value. An integer below 2^32. */
  readonly decision: number
  /** Time of the draw, in ms of the clock of features. */
  readonly decided: number
  /** Name of the reward sums that learn from this draw. */
  readonly sums: string
  /** Inputs of the reward model for the item: integers from 0 to 90. */
  readonly inputs: readonly number[]
  /** Highest estimated reward among the arms. */
  readonly best: number
  /** 1 / probability of the draw if the item has the highest estimated reward; else 0. */
  readonly weight: number
}

/** Where an item stood in the candidates of its user right before the user chose it. */
export interface ObservedChoice {
  /** Names of the sums that learn from it, such as `home/early#1rj0x`. */
  readonly sums: readonly string[]
  /** Places of the item, from 1, and 0 where it did not stand: in the order of the first stage, in that of the rule, and in each list. */
  readonly places: readonly number[]
  /** What else is known of the lists, each in their order. Absent in logs of earlier versions. */
  readonly lists?: {
    /** Number of items. */
    readonly lengths: readonly number[]
    /** Place of the item, from 1, if the list comes first, and what it lacks follows in the order of the first stage; 0 as above. */
    readonly leading: readonly number[]
    /** Share of the list in foreseeing the choice, 0 to 1; over all lists 1, or 0 if the item stood in none. */
    readonly credits: readonly number[]
  }
  /** Whether the item has a category on which the session had acted. Absent if it is not new to the session, or if a category is not known. */
  readonly kind?: 'same' | 'other'
}

/**
 * Facts that reducers need besides the user's state. They are looked up once, when the event is recorded; a replay looks nothing
 * up.
 */
export interface EventFacts {
  /** Items of the event: none, the one that it names, or those of a slate that became visible. */
  readonly items: readonly ItemFacts[]
  /** Absent also if the user was over the limit of places on undeclared surfaces. */
  readonly surface?: string
  /** True if the domain did not declare the surface. Absent otherwise. */
  readonly undeclaredSurface?: true
  /** True if a device sent the event. Absent otherwise. */
  readonly fromDevice?: true
  readonly device?: string
  /** Policy that made the slate. */
  readonly policy?: string
  /** Draw of the exploration slot, if the event names a slate and concerns the item of its exploration slot. */
  readonly explored?: SlotDrawn
  /** Absent unless the event is a choice that was observed. */
  readonly choice?: ObservedChoice
  /**
   * Reason why the event is logged but does not count: `late` is too late, `marked` has an uncounted traffic value, `bot` exceeds
   * the number of events per minute. Absent if it counts.
   */
  readonly ignored?: 'late' | 'marked' | 'bot'
  /**
   * Values of cohorts, such as `city=Graz`, that did not count by themselves, because the cohort has too many values. Absent for none.
   */
  readonly rareValues?: readonly string[]
}

/** Log entry of one step of a user: one or several events, with all their additions to shared sums. */
export interface EventsEntry<Increments = LoggedIncrements> {
  readonly kind: 'events'
  readonly userId: string
  /** Version of the user value after the step. */
  readonly version: number
  /** Time of recording, in ms of the clock of features. */
  readonly recordedAt: number
  /** Declared attributes of the user at that time. Absent if the user had none. */
  readonly userAttributes?: CountedValues
  readonly events: readonly { readonly event: RecordedEvent; readonly facts: EventFacts }[]
  readonly increments: readonly Increments[]
}

/** Log entry of an upload: the new state of an item, a user, an offline list, standing rules, the record of models or of keys, an entry of the audit log, or a part or the record of neighbour lists. */
export interface UploadEntry {
  readonly kind: Subject['kind']
  readonly id: string
  /** Time of the upload, in ms of the clock of features. */
  readonly at: number
  /** Version of the user value after the upload; for users only. */
  readonly version?: number
  /** Whether the user has opted out; for users only. */
  readonly optedOut?: boolean
  /** Latest decision about consent; for users only, and absent if the user has made none. */
  readonly consent?: Consent
  readonly upload: JsonObject
}

/** Log entry of one step of a merge or erasure. `id` is the user whose value changed. */
export type MergeEntry<Increments = LoggedIncrements> = MergeStep & {
  readonly kind: 'merge'
  readonly id: string
  /** Time of the step, in ms of the clock of features. */
  readonly at: number
  /** Version of the user value after the step. */
  readonly version: number
  /** What an erasure subtracts from shared sums. Absent for nothing, and for other steps. */
  readonly increments?: readonly Increments[]
}

/** Candidates that a request gave. */
export interface LoggedGiven {
  /** In the order in which they were given, each once. */
  readonly itemIds: readonly string[]
  /** Score of each; null for those without. Absent if none has a score. */
  readonly scores?: readonly (number | null)[]
  /** Present if their order says something. */
  readonly ordered?: true
}

/** The parts of a request that its slate does not contain. */
export interface LoggedRequest {
  readonly sessionId?: string
  readonly anchorItemIds?: readonly string[]
  /** Absent if sources proposed the candidates. */
  readonly given?: LoggedGiven
  /** Id of the slate that the request went on from. If it was known, the slate has the items of the slates before it: `earlier`. */
  readonly after?: string
  /** Rules of the request. Standing rules filled in those that it lacks. */
  readonly rules?: object
  /** Declared attributes of the context. Absent if the request had none. */
  readonly context?: CountedValues
}

/**
 * Progress of the state that a decision read. In the embedded store: the number of journal entries before its own that the state
 * lacked. In Redis: the id of the last folded log entry, per shard and partition.
 */
export type LoggedPosition = { readonly behind: number } | { readonly marks: readonly (readonly string[])[] }

/** The inputs of a decision: the candidates of a slate, and their feature vectors. */
export interface LoggedDecision {
  /** User whose state was read. For a merged id, the user that it was merged into. */
  readonly userId: string
  readonly position: LoggedPosition
  /** All candidates; the rows of the vectors. */
  readonly itemIds: readonly string[]
  /** Time of the upload or deletion that this process knew last, by candidate, in ms; null for an unknown item. */
  readonly updatedAt: readonly (number | null)[]
  /** Digest of the lives of all items that this process knew; absent in logs of earlier versions. */
  readonly lives?: number
  /** Version of the neighbour lists that this process served, and since when, in ms; absent for none. */
  readonly neighbours?: { readonly version: string; readonly servedAt: number }
  /** Feature names of the columns. */
  readonly features: readonly string[]
  /** Feature values: little-endian float32, column by column, NaN if missing; compressed by raw deflate, in base64. */
  readonly vectors: string
}

/** Log entry of a slate that was sent to a client. `at` is the time of the slate, in ms of the clock of features. */
export interface SlateEntry {
  readonly kind: 'slate'
  readonly recommendationId: string
  readonly userId: string
  readonly at: number
  /** The slate as JSON. Undefined fields are left out. */
  readonly slate: object
  readonly request?: LoggedRequest
  /** Decision of a sampled slate; absent for others. */
  readonly decision?: LoggedDecision
}

/** Log entry that keeps the additions of an erased user's events to shared sums, without the user. */
export interface SumsEntry {
  readonly kind: 'sums'
  /** Time at which the first of the events was recorded, in ms. */
  readonly at: number
  readonly increments: readonly LoggedIncrements[]
}

/**
 * A log entry of an erasure: after it, the log has nothing of a user or list. The entry itself is deleted when everything that it
 * refers to has been removed.
 */
export interface EraseEntry {
  readonly kind: 'erase'
  readonly of: Subject['kind']
  readonly id: string
  readonly at: number
}

/** Log entry with the column names that later increments refer to. */
export interface LayoutEntry {
  readonly kind: 'layout'
  readonly format: 1
  /** Id of the last entry that was archived before, in the first line of an archive segment of Redis. Absent if none was. */
  readonly after?: string
  readonly names: SlotNames
}

/** Any entry of the log of events. Its key `kind` tells which. */
export type LogEntry = EventsEntry | UploadEntry | MergeEntry | SlateEntry | SumsEntry | EraseEntry | LayoutEntry

/** Any entry as it is written: increments that several entities share stand there once. */
export type WrittenEntry = LogEntry | EventsEntry<WrittenIncrements> | MergeEntry<WrittenIncrements>

/** A line of a log with its place, for messages. */
export interface PlacedLine {
  readonly line: string
  readonly where: string
}
