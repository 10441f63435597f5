/** Settings of the servers that decide whether the store keeps what it acknowledges. */
export interface StorePolicy {
  /** `maxmemory-policy` of every master, each once. */
  readonly maxmemoryPolicies: readonly string[]
  /** Whether a server may drop keys when its memory is full. */
  readonly evicts: boolean
  /** Whether every master writes an append-only file. */
  readonly appendOnly: boolean
}

/** What an operator must know about the store, beside whether it answers. */
export interface StoreHealth {
  /** Why nothing may be written now, in one sentence; undefined when it may. */
  readonly problem: string | undefined
  /** How often the store lost data since the start of this process. */
  readonly losses: number
  /** What may lose acknowledged data, a sentence each. */
  readonly warnings: readonly string[]
  /** Undefined for the embedded store, and where Redis does not tell. */
  readonly policy: StorePolicy | undefined
}

/** The embedded store has no server that loses or evicts data on its own. */
export const EMBEDDED_HEALTH: StoreHealth = { problem: undefined, losses: 0, warnings: [], policy: undefined }
