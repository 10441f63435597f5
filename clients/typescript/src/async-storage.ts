import type { QueuedEvent, QueueStorage } from './queue-storage.ts'

/** The methods of `@react-native-async-storage/async-storage` that the queue uses. */
export interface AsyncStorage {
  getAllKeys(): Promise<readonly string[]>
  getItem(key: string): Promise<string | null>
  setItem(key: string, value: string): Promise<void>
  removeItem(key: string): Promise<void>
}

/**
 * Keeps events in the AsyncStorage of React Native, each under a key of its own.
 *
 * @param prefix begins all keys, so that they differ from other keys of the app
 */
export function asyncStorage(storage: AsyncStorage, prefix = 'liverank/event/'): QueueStorage {
  return {
    load: async () => {
      const keys = (await storage.getAllKeys()).filter((key) => key.startsWith(prefix))
      const texts = await Promise.all(keys.map((key) => storage.getItem(key)))
      return texts.flatMap((text) => parsed(text))
    },
    add: ({ key, event }) => storage.setItem(prefix + key, JSON.stringify({ key, event })),
    remove: async (keys) => {
      await Promise.all(keys.map((key) => storage.removeItem(prefix + key)))
    },
  }
}

/** A text that is cut off, as after a full disk, is no event: it must not keep the others from being sent. */
function parsed(text: string | null): QueuedEvent[] {
  try {
    return text === null ? [] : [JSON.parse(text) as QueuedEvent]
  } catch {
    return []
  }
}
