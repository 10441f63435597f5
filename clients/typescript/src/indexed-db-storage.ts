import { createStore, delMany, set, values } from 'idb-keyval'
import type { QueuedEvent, QueueStorage } from './queue-storage.ts'

/**
 * Keeps events in the database of the browser. Tabs of one origin share it. If two of them send the same event, the service recognises
 * its id, and counts it once.
 *
 * @param name of the database
 */
export function indexedDbStorage(name = 'liverank'): QueueStorage {
  const store = createStore(name, 'events')
  return {
    load: () => values<QueuedEvent>(store),
    add: (event) => set(event.key, event, store),
    remove: (keys) => delMany([...keys], store),
  }
}
