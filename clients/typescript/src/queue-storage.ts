import type { RecordEventInput } from './operations.ts'

/** An event that waits for an answer of the service. */
export interface QueuedEvent {
  /** Unique, and in the alphabetical order in which the events happened. */
  readonly key: string
  readonly event: RecordEventInput & { readonly eventId: string }
}

/** Where the queue keeps its events, so that they survive the end of the page or app. */
export interface QueueStorage {
  /** Returns all kept events, in any order. */
  load(): Promise<readonly QueuedEvent[]>
  add(event: QueuedEvent): Promise<void>
  /** Forgets the events with these keys. Keys that it does not have are ignored. */
  remove(keys: readonly string[]): Promise<void>
}

/** Keeps events in memory: they are lost with the page or process. Pass the same storage to a second client to go on with them. */
export function memoryStorage(): QueueStorage {
  const kept = new Map<string, QueuedEvent>()
  return {
    load: async () => [...kept.values()],
    add: async (event) => void kept.set(event.key, event),
    remove: async (keys) => {
      for (const key of keys) kept.delete(key)
    },
  }
}
