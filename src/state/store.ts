import type { ErasedSubject, ErasureOutcome } from './erased.ts'
import type { Increments } from './increments.ts'
import type { EventsEntry, LoggedDecision, MergeEntry, SlateEntry, UploadEntry } from './log/entry.ts'
import type { RowBlock, SetView } from './shared-sums.ts'
import type { SetSlot, SharedKind } from './slots.ts'
import type { Subject } from './subject.ts'

/** How many nonces there are: 22 bits, which a sorted set's score holds beside the time. */
export const NONCES = 2 ** 22

/** What makes the retry of a recorded event recognisable. */
export interface EventIdentity {
  /** 12 bytes of a hash of the event id, as a latin1 text. */
  readonly hash: string
  /** 22 random bits of this attempt: a retry after a lost reply finds its own nonce, a duplicate another one. */
  readonly nonce: number
}

export interface Swap {
  readonly subject: Subject
  /** Stamp of the value that was read; empty for an absent one. */
  readonly expected: string
  /** The new value; its first 8 bytes are its stamp. */
  readonly value: Buffer
  /** After how many ms without a change the store may drop the value; 0 for never. */
  readonly expiresIn: number
  readonly identities: readonly EventIdentity[]
  /** ms of the clock that features see; identities are known for `lateness` ms from here. */
  readonly now: number
  /** Made only where it is kept. */
  readonly entry: () => EventsEntry | UploadEntry | MergeEntry
  readonly increments: Increments | undefined
  /** Of a user's step: its events, as they are kept for reading; absent for an upload. */
  readonly keptEvents?: { readonly events: readonly string[]; readonly expiresIn: number }
  /** Told to whoever follows the subject, when the swap is committed. */
  readonly signal: string | undefined
}

export type SwapOutcome =
  | { readonly status: 'committed' }
  /** Another writer was faster: its value is here, and nothing was written. */
  | { readonly status: 'conflict'; readonly value: Uint8Array | undefined }
  /** Some identities are known: their nonces by position, undefined for new ones. Nothing was written. */
  | { readonly status: 'known'; readonly nonces: readonly (number | undefined)[] }

/**
 * How far the shared state of a store has come: in the embedded store by the number of entries of this process, in Redis by the id
 * of the last folded log entry, per shard, per partition.
 */
export type StatePosition = { readonly entries: number } | { readonly marks: readonly (readonly string[])[] }

/** A slate to be kept; of a sample, with what it was made from and when that was read. */
export type KeptSlate = Omit<SlateEntry, 'decision'> & {
  readonly decision?: Omit<LoggedDecision, 'position'> & { readonly position: StatePosition }
}

export interface SetRead {
  readonly entity: string
  readonly set: SetSlot
  /** How many of the highest members. */
  readonly limit: number
}

/**
 * State of the service: values that belong to one subject, sums that subjects share, and the log from which both can be
 * rebuilt. Every method rejects with UnavailableError when the store does not answer; then nothing was half applied.
 */
export interface StateStore {
  readonly name: 'embedded' | 'redis'
  /** Values with their stamps, undefined where absent. */
  readValues(subjects: readonly Subject[]): Promise<(Uint8Array | undefined)[]>
  /** Nonces of the identities that are known of the subject, by position, undefined for others. */
  readIdentities(subject: Subject, hashes: readonly string[]): Promise<(number | undefined)[]>
  /** Writes the value, the log entry, the identities and the increments at once, or nothing. */
  swap(swap: Swap): Promise<SwapOutcome>
  /** Rows in the order of the keys; absent ones are zeros. */
  readRows(kind: SharedKind, entities: readonly string[]): Promise<RowBlock>
  /** Highest members first, scores in the epoch that the view names. */
  readSets(reads: readonly SetRead[]): Promise<SetView[]>
  /** All subjects of a kind, in no order. */
  listSubjects(kind: 'item' | 'list' | 'rules'): AsyncIterable<{ id: string; value: Uint8Array }>
  /** The latest events of a user, at most KEPT_EVENTS, the last recorded first. */
  readEvents(userId: string): Promise<string[]>
  /** A uniform sample of the users that ever had an event, at most SAMPLED_USERS, the same in every store. */
  sampleUsers(): Promise<readonly string[]>
  /**
   * Removes values of users and lists, with the users' slates and events, from everywhere but the shared sums. Hashes of event ids
   * stay for as long as late events are accepted, and are known under each of these users from then on.
   * @param persons all ids of each person. The value of the last one goes when all else has gone: until then it tells the other ids.
   * @returns what became of each person, in order
   */
  erase(persons: readonly (readonly ErasedSubject[])[]): Promise<readonly ErasureOutcome[]>
  /** Keeps a slate for a day, and logs it. */
  putSlate(slate: KeptSlate): Promise<void>
  getSlate(recommendationId: string): Promise<string | undefined>
  /** Undefined where there is no log. */
  position(): Promise<StatePosition | undefined>
  /** Resolves when all that was recorded before is in the shared sums. */
  settle(): Promise<void>
  /** Age of the oldest step that the shared sums lack, in ms; 0 when they lack none. */
  foldLag(): Promise<number>
  /** How many log entries were left out of the sums, wholly or in part, since they cannot be added, and were set aside. */
  poisonedEntries(): Promise<number>
  ping(): Promise<void>
  close(): Promise<void>
}
