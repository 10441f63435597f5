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
}

/** Health of the embedded store. It has no server that could lose or evict data on its own. */
export const EMBEDDED_HEALTH: StoreHealth = { problem: undefined, losses: 0, warnings: [], policy: undefined }
