/** What the processes of a store say of themselves, each one text. Every method rejects with UnavailableError when the store does not answer. */
export interface SharedActivities {
  say(processId: string, text: string): Promise<void>
  /** What was said last, by process. */
  read(): Promise<ReadonlyMap<string, string>>
  forget(processIds: readonly string[]): Promise<void>
}

/** An embedded store is one process's own. */
export const NO_OTHERS: SharedActivities = { say: async () => {}, read: async () => new Map(), forget: async () => {} }
