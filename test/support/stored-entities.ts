import { Redis } from 'ioredis'
import { MemoryStore } from '../../src/state/memory-store.ts'
import type { OpenedService } from './service.ts'

/** Keys of all shared entities that the store of a service holds, in order. */
export async function entitiesOf({ store, prefix, redisUrl }: OpenedService): Promise<string[]> {
  if (store instanceof MemoryStore) return [...store.sums.keys()].sort()
  const client = new Redis(redisUrl!)
  try {
    const entities = new Set<string>()
    let cursor = '0'
    do {
      const [next, keys] = await client.scan(cursor, 'MATCH', `${prefix}:{s*}:row:*`, 'COUNT', 1000)
      for (const key of keys) entities.add(key.slice(key.indexOf(':row:') + 5))
      cursor = next
    } while (cursor !== '0')
    return [...entities].sort()
  } finally {
    client.disconnect()
  }
}
