import type { Subject } from './subject.ts'

/** An entry of the store that an erasure removes. */
export interface ErasedSubject extends Subject {
  /**
   * Stamp of a user's value as it was read, empty for an absent value. A value that has changed since is not removed. If
   * undefined, any value is removed.
   */
  readonly expected?: string | undefined
}

/** Receives the number of bytes that an erasure has read or written since the last call: of logs, files, and known event ids. */
export type CountBytes = (bytes: number) => void

/** The numbers of entries that an erasure removed. */
export interface Erased {
  /** Values, slates and lists. */
  readonly keys: number
  /** Number of removed entries of the log, the journal and the archive. */
  readonly logEntries: number
  /** Data that remains for a while; absent if there is none. */
  readonly lingering?: readonly Lingering[]
}

/**
 * Data that an erasure cannot remove at once. EVENT_ID_HASHES: hashes of event ids, on Redis under a hash of the user id.
 * REDIS_FILES: earlier commands and values in the append-only file, the snapshots and the backups of Redis.
 */
export interface Lingering {
  readonly kind: 'EVENT_ID_HASHES' | 'REDIS_FILES'
  /** ms of the wall clock; undefined where Redis decides: with its next snapshot and rewrite of the append-only file. */
  readonly until: number | undefined
}

/** The result of the erasure of one person. */
export interface ErasureOutcome extends Erased {
  /** An id whose value was not as it is expected: then not all of the person has gone. */
  readonly changed?: string
}

/** The result of an erasure that found nothing; the start of a sum. */
export const NOTHING_ERASED: Erased = { keys: 0, logEntries: 0 }

/** Returns the sum of two erasures of one person. */
export function sumOfErased(one: Erased, other: Erased): Erased {
  const sum = { keys: one.keys + other.keys, logEntries: one.logEntries + other.logEntries }
  const lingering = new Map([...(one.lingering ?? []), ...(other.lingering ?? [])].map((left) => [left.kind, left]))
  return lingering.size === 0 ? sum : { ...sum, lingering: [...lingering.values()] }
}

/**
 * Splits the subjects of an erasure so that the value of the last user is deleted after everything else. That value lists the other
 * ids: if the erasure is interrupted, a repeated erasure finds them there.
 * @returns one pass for a person with one id, else two
 */
export function erasurePasses(subjects: readonly ErasedSubject[]): (readonly ErasedSubject[])[] {
  const last = subjects.at(-1)
  const hasOthers = subjects.some(({ kind, id }) => kind === 'user' && id !== last?.id)
  return hasOthers ? [subjects.slice(0, -1), subjects.slice(-1)] : [subjects]
}
