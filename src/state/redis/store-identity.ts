/**
 * Identity of the store that a process opened. Every write names the id, and a server that holds another store refuses the write.
 */
export interface StoreIdentity {
  readonly id: string
  /** Reason why nothing may be written now, as a sentence; undefined if writing is possible. */
  readonly problem: string | undefined
  /** Checks the store, because a server refused the id. Never rejects. */
  suspect(): Promise<void>
}
