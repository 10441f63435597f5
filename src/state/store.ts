import type { CountBytes, ErasedSubject, ErasureOutcome } from './erasure-outcome.ts'
import type { Increments, WrittenIncrements } from './increments.ts'
import type { EventsEntry, LoggedDecision, MergeEntry, RecordedEvent, SlateEntry, UploadEntry } from './log-entry.ts'
import type { PersonalData } from './personal-data.ts'
import type { RowBlock, SetView } from './shared-sums.ts'
import type { SetSlot, SharedKind } from './slots.ts'
import type { Subject } from './subject.ts'

/** Identity of an event. It distinguishes a retry of a recorded event from a duplicate. */
export interface EventIdentity {
  /** First 12 bytes of a hash of the event id, as latin1 text. */
  readonly hash: string
  /**
   * Random number of this call, which also says whether the event counts; see not-counted.ts. A retry after a lost reply finds its
   * own nonce; a duplicate finds another one.
   */
  readonly nonce: number
}

/** A kept slate of which an event gives the id. */
export interface NamedSlate {
  readonly recommendationId: string
  /** User to whom it was served. */
  readonly userId: string
  /** Time of serving on the wall clock, in ms. */
  readonly at: number
}

/** An atomic change of one subject: its new value, its log entry, and the ids of the events that led to it. */
export interface Swap {
  readonly subject: Subject
  /** Stamp of the value that was read; empty if it was absent. */
  readonly expected: string
  /** New value; its first 8 bytes are its stamp. */
  readonly value: Buffer
  /** Time without a change after which the store may delete the value, in ms; 0 for never. */
  readonly expiresIn: number
  readonly identities: readonly EventIdentity[]
  /** Time of the swap on the clock of features, in ms. The event ids stay known for `lateness` ms from this time. */
  readonly now: number
  /** Makes the log entry. Called only if the store keeps a log. */
  readonly entry: () => EventsEntry<WrittenIncrements> | UploadEntry | MergeEntry<WrittenIncrements>
  readonly increments: Increments | undefined
  /** Events of the step, to be kept for reading; absent for uploads. */
  readonly keptEvents?: { readonly events: readonly RecordedEvent[]; readonly expiresIn: number }
  /** Kept slates that the events name: they are kept longer once the swap is committed. Absent for none. */
  readonly namedSlates?: readonly NamedSlate[]
  /** Signal to followers of the subject, sent when the swap is committed. */
  readonly signal: string | undefined
}

/** What became of a swap. Unless it is `committed`, the caller starts again from what the store holds. */
export type SwapOutcome =
  | { readonly status: 'committed' }
  /** Another writer was faster. `value` is its value; nothing was written. */
  | { readonly status: 'conflict'; readonly value: Uint8Array | undefined }
  /** Some event ids are known. `nonces` has their nonces by position, undefined for new ones; nothing was written. */
  | { readonly status: 'known'; readonly nonces: readonly (number | undefined)[] }

/**
 * Progress of the shared sums of a store. In the embedded store: number of entries of this process. In Redis: id of the last folded
 * log entry, per shard and partition.
 */
export type StatePosition = { readonly entries: number } | { readonly marks: readonly (readonly string[])[] }

/** A slate to store. Sampled slates include their decision, and the position of the state that it was read from. */
export type KeptSlate = Omit<SlateEntry, 'decision'> & {
  readonly decision?: Omit<LoggedDecision, 'position'> & { readonly position: StatePosition }
}

/** A wish to read the highest members of one scored set. */
export interface SetRead {
  readonly entity: string
  readonly set: SetSlot
  /** Number of members to read, highest first. */
  readonly limit: number
  /** Present if all members are to be read, in any order, which is faster. The limit does not matter then. */
  readonly inAnyOrder?: true
}

/**
 * State of the service: values of single subjects, shared sums, and the log from which both can be rebuilt. Every method rejects
 * with UnavailableError if the store does not answer; nothing is partly applied then.
 */
export interface StateStore {
  readonly name: 'embedded' | 'redis'
  /** All that the store holds of a user beside the value and the kept events, for exports. */
  readonly personalData: PersonalData
  /** Reads values, with their stamps; undefined for absent ones. */
  readValues(subjects: readonly Subject[]): Promise<(Uint8Array | undefined)[]>
  /** Reads the nonces of known event ids of a subject, by position; undefined for unknown ones. */
  readIdentities(subject: Subject, hashes: readonly string[]): Promise<(number | undefined)[]>
  /** Makes the event ids that are known of one user known of another user too. No event is recorded for the first user any more. */
  copyIdentities(from: string, into: string): Promise<void>
  /** Writes the value, the log entry, the event ids and the increments at once, or nothing. */
  swap(swap: Swap): Promise<SwapOutcome>
  /** Reads the rows of shared sums, in the order of the keys. Absent rows are zeros. */
  readRows(kind: SharedKind, entities: readonly string[]): Promise<RowBlock>
  /** Reads scored sets, highest members first. Scores are in the epoch that the view names. */
  readSets(reads: readonly SetRead[]): Promise<SetView[]>
  /**
   * Drops the rows and sets of entities that nothing reads any more. Increments that are still under way may bring back a part of them,
   * which then expires.
   */
  dropSums(entities: readonly string[]): Promise<void>
  /** Deletes values that nothing reads any more, such as neighbour lists that newer ones replaced. Logs nothing. */
  dropValues(subjects: readonly Subject[]): Promise<void>
  /** Yields all subjects of a kind, in any order. */
  listSubjects(kind: 'item' | 'list' | 'rules' | 'audit'): AsyncIterable<{ id: string; value: Uint8Array }>
  /** Returns the kept events of a user, at most KEPT_EVENTS, last recorded first. */
  readEvents(userId: string): Promise<string[]>
  /** Returns a uniform sample of the users with any event so far, at most SAMPLED_USERS. The sample is the same in every store. */
  sampleUsers(): Promise<readonly string[]>
  /**
   * Erases values of users and lists, and the users' slates and events, from everywhere but the shared sums. Hashes of event ids
   * stay for as long as late events are accepted; they are then known under each of these users.
   * @param persons all ids of each person. The value of the last id is deleted after everything else, because it lists the other
   * ids.
   * @param count called for all persons together; ignored if absent
   * @returns the outcome for each person, in order
   */
  erase(persons: readonly (readonly ErasedSubject[])[], count?: CountBytes): Promise<readonly ErasureOutcome[]>
  /**
   * Reads the life of a user id: a text that changes when an erasure of the id ends, and now and then when one of another id does. Read
   * it when a slate is asked for. A rejection that nobody waits for is ignored.
   */
  readLife(userId: string): Promise<string>
  /**
   * Keeps a slate for the time that `SlateLives` says, and logs it, unless its user is being erased, or was erased since it was asked
   * for.
   * @param life of the user's id when the slate was asked for; if undefined, only erasures that are under way count
   * @returns whether the slate was kept
   */
  putSlate(slate: KeptSlate, life?: string): Promise<boolean>
  /** Returns a slate as `encodeSlate` made it; undefined if it is unknown or has expired. */
  getSlate(recommendationId: string): Promise<Uint8Array | undefined>
  /** Returns the progress of the shared sums; undefined if the store keeps no log. */
  position(): Promise<StatePosition | undefined>
  /** Resolves when the shared sums contain everything recorded before the call. */
  settle(): Promise<void>
  /** Returns the age of the oldest step that the shared sums lack, in ms; 0 if they lack none. */
  foldLag(): Promise<number>
  /**
   * Returns the number of log entries that were left out of the sums, wholly or in part, because they cannot be added. These
   * entries were set aside.
   */
  poisonedEntries(): Promise<number>
  ping(): Promise<void>
  close(): Promise<void>
}
