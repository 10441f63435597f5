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
