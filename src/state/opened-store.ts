import type { StateStore } from './store.ts'
import type { StoreFigures } from './store-figures.ts'

/** A store that is ready for use, and what its processes share beside the state itself. */
export interface OpenedStore {
  readonly store: StateStore
  /** Figures that the processes of the store publish about themselves. */
  readonly activities: SharedActivities
  /** Token buckets that the processes of the store share; undefined if there is one process only. */
  readonly buckets?: SharedBuckets
  readonly health: StoreHealth
  /** Records the time of the service, in ms since 1970, at which the clock of the next start begins. @throws Error if it cannot */
  readonly noteTime: (time: number) => Promise<void>
  /** Reads figures of the store for monitoring. */
  readonly figures: () => StoreFigures
  /** True if the embedded store held no event and no upload when it was opened. With Redis: if no process had opened this store before. */
  readonly isNew: boolean
  close(): Promise<void>
}

/** Settings of the Redis servers that decide whether acknowledged data is kept. */
export interface StorePolicy {
  /** Distinct values of `maxmemory-policy` over all masters. */
  readonly maxmemoryPolicies: readonly string[]
  /** Whether a server may evict keys when its memory is full. */
  readonly evicts: boolean
  /** Whether every master writes an append-only file. */
  readonly appendOnly: boolean
}

/** Health of the store, besides whether it answers. */
export interface StoreHealth {
  /** Reason why nothing may be written now, as a sentence; undefined if writing is possible. */
  readonly problem: string | undefined
  /** Number of data losses of the store since this process started. */
  readonly losses: number
  /** Warnings about risks for acknowledged data, one sentence each. */
  readonly warnings: readonly string[]
  /** Server settings; undefined for the embedded store, and if Redis does not reveal them. */
  readonly policy: StorePolicy | undefined
  /** By how many ms the clock of Redis is ahead of the time of the service (below 0: behind); 0 if at most a day; undefined for the embedded store. */
  readonly clockAheadMs?: number
}

/** Health of the embedded store. It has no server that could lose or evict data on its own. */
export const EMBEDDED_HEALTH: StoreHealth = { problem: undefined, losses: 0, warnings: [], policy: undefined }

/**
 * Texts that the processes of a store publish about themselves, one per process. Every method rejects with UnavailableError if the
 * store does not answer.
 */
export interface SharedActivities {
  say(processId: string, text: string): Promise<void>
  /** Returns the latest text of each process. */
  read(): Promise<ReadonlyMap<string, string>>
  forget(processIds: readonly string[]): Promise<void>
}

/** Used with the embedded store, which has one process only. */
export const NO_OTHERS: SharedActivities = { say: async () => {}, read: async () => new Map(), forget: async () => {} }

/** The answer of a shared bucket to a request for points. */
export interface Grant {
  /** Amount given: the wanted amount, the least one, or 0. */
  readonly granted: number
  /** After how many ms the least amount is there; 0 if something was given. */
  readonly waitMs: number
}

/**
 * Token buckets that the processes of a store share. Amounts are in ms: the time in which a bucket fills up by as much. A bucket that
 * is full takes no memory.
 */
export interface SharedBuckets {
  /**
   * Takes from a bucket.
   * @param name of the bucket; not stored as it is
   * @param wanted amount to take if it is there
   * @param least amount to take otherwise
   * @param size amount in a full bucket; at least `wanted`
   * @throws UnavailableError if the store does not answer
   */
  take(name: string, wanted: number, least: number, size: number): Promise<Grant>
}
