import { Cluster, type Redis } from 'ioredis'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import { connectRedis } from '../../src/state/redis/connection.ts'
import type { OpenedService } from './service.ts'

/** Keys of all shared entities that the store of a service holds, in order. */
export async function entitiesOf({
  store,
  prefix,
  redisUrl,
}: Pick<OpenedService, 'store' | 'prefix' | 'redisUrl'>): Promise<string[]> {
  if (store instanceof MemoryStore) return [...store.sums.keys()].sort()
  const entities = new Set<string>()
  await onEachMaster(redisUrl!, async (client) => {
    let cursor = '0'
    do {
      const [next, keys] = await client.scan(cursor, 'MATCH', `${prefix}:{s*}:row:*`, 'COUNT', 1000)
      for (const key of keys) entities.add(key.slice(key.indexOf(':row:') + 5))
      cursor = next
    } while (cursor !== '0')
  })
  return [...entities].sort()
}

/** Asks the server, or every master of the cluster. */
async function onEachMaster(url: string, ask: (client: Redis) => Promise<void>): Promise<void> {
  const { commands, subscriber, close } = connectRedis({ url: url }, () => {})
  subscriber.disconnect()
  try {
    if (commands instanceof Cluster) {
      await commands.ping()
      for (const master of commands.nodes('master')) await ask(master)
    } else await ask(commands)
  } finally {
    await close()
  }
}
