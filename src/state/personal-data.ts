import type { LogEntry, PlacedLine } from './log-entry.ts'
import type { OwnedEntries } from './owned-entries.ts'

/** A log entry of a person; or, as logged, a line that cannot be read and names the person. */
export type FoundEntry = { readonly entry: LogEntry } | { readonly unreadable: string }

/** Notes of a store about a user outside of the user value. */
export interface UserMarks {
  /** Whether the user is in the sample of all users. */
  readonly isSampled: boolean
  /** Whether the store notes that a subscription follows the user now. Always false in the embedded store. */
  readonly isFollowed: boolean
}

/** A slate that the store has not deleted yet, for an export. */
export interface StoredSlate {
  readonly recommendationId: string
  /** The slate as `encodeSlate` encodes it. */
  readonly bytes: Uint8Array
}

/** What the store keeps of an event id, to recognise duplicates. */
export interface EventIdHash {
  /** 12 bytes of a SHA-1, in base64url. */
  readonly hash: string
  /** Time of recording in ms since 1970, rounded down to the second. */
  readonly at: number
}

/** Tells whether a read shall end early. @param read number of characters that were read since the last question */
export type IsOver = (read: number) => boolean

/**
 * Reads of all that a store holds of a user beside the value and the kept events, for exports. All of them stream, because one user
 * may have millions of events. Each rejects with UnavailableError if the store does not answer.
 */
export interface PersonalData {
  marksOf(userId: string): Promise<UserMarks>
  /** Yields the kept slates of a user, in any order. */
  slatesOf(userId: string): AsyncIterable<StoredSlate>
  /** Yields the hashes of the user's event ids. None in the embedded store, which keeps them for all users together. */
  eventIdHashesOf(userId: string): AsyncIterable<EventIdHash>
  /**
   * Yields the log entries of some users and lists, from the archive of this process and the log. Entries that are recorded during the
   * read may be missing.
   * @param isOver asked from time to time; the read ends early when it returns true
   */
  entriesOf(subjects: OwnedEntries, isOver: IsOver): AsyncIterable<FoundEntry>
}

/** Characters between two questions whether a read shall end. */
const ASKED_EVERY = 2 ** 17

/** Yields those lines that belong to the subjects. */
export async function* ownedLines(
  lines: AsyncIterable<PlacedLine>,
  subjects: OwnedEntries,
  isOver: IsOver,
): AsyncGenerator<FoundEntry & { readonly line: string }> {
  let read = 0
  for await (const { line, where } of lines) {
    read += line.length
    if (read >= ASKED_EVERY) {
      if (isOver(read)) return
      read = 0
    }
    const found = subjects.entryIn(line, where)
    if (found === 'poisoned') yield { unreadable: line, line }
    else if (found) yield { entry: found, line }
  }
}
