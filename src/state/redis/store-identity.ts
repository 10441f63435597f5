/** The store that a process opened, by its id. Every write names the id, and a server that holds another store refuses it. */
export interface StoreIdentity {
  readonly id: string
  /** Why nothing may be written now, in one sentence; undefined when it may. */
  readonly problem: string | undefined
  /** A server refused the id: look at the store. Never rejects. */
  suspect(): Promise<void>
}
