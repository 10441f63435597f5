import type { Subject } from './subject.ts'

/** What is to be erased. */
export interface ErasedSubject extends Subject {
  /** Of a user: stamp of the value as it was read, empty for an absent one. A value that has changed since stays. Any value goes if absent. */
  readonly expected?: string | undefined
}

/** What an erasure has removed. */
export interface Erased {
  /** Values, slates and lists. */
  readonly keys: number
  /** Of the log, the journal and the archive. */
  readonly logEntries: number
  /** What stays for a while; absent where nothing does. */
  readonly lingering?: readonly Lingering[]
}

/**
 * What an erasure leaves. EVENT_ID_HASHES: hashes of event ids, on Redis under a hash of the user id. REDIS_FILES: the commands and
 * values of before, in the append-only file, snapshots and backups of Redis.
 */
export interface Lingering {
  readonly what: 'EVENT_ID_HASHES' | 'REDIS_FILES'
  /** ms of the wall clock; undefined where Redis decides: with its next snapshot and rewrite of the append-only file. */
  readonly until: number | undefined
}

/** What became of a person who was to be erased. */
export interface ErasureOutcome extends Erased {
  /** An id whose value was not as it is expected: then not all of the person has gone. */
  readonly changed?: string
}

export const NOTHING_ERASED: Erased = { keys: 0, logEntries: 0 }

/** What two erasures have removed of one person. */
export function sumOfErased(one: Erased, other: Erased): Erased {
  const sum = { keys: one.keys + other.keys, logEntries: one.logEntries + other.logEntries }
  const lingering = new Map([...(one.lingering ?? []), ...(other.lingering ?? [])].map((left) => [left.what, left]))
  return lingering.size === 0 ? sum : { ...sum, lingering: [...lingering.values()] }
}
