import { Redis } from 'ioredis'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { itemKey } from '../../../src/state/slots.ts'
import { type OpenedService, onRedis } from '../../support/service.ts'
import { snapshot } from '../../support/state-snapshot.ts'

const NOBODY_FOLDS_MS = 60_000

afterEach(() => void vi.restoreAllMocks())

/** A copy of all keys, as a backup holds it. @returns what puts them back, at one moment */
async function backup(redis: Redis, prefix: string): Promise<() => Promise<void>> {
  const kept = await Promise.all(
    (await redis.keys(`${prefix}:*`)).map(async (key) => ({
      key,
      bytes: await redis.dumpBuffer(key),
      ttl: Math.max(0, await redis.pttl(key)),
    })),
  )
  return async () => {
    const transaction = redis.multi().del(await redis.keys(`${prefix}:*`))
    for (const { key, bytes, ttl } of kept) transaction.restore(key, ttl, bytes)
    await transaction.exec()
  }
}

onRedis('a store that is put back to a backup', (open, server) => {
  async function viewsOf(service: OpenedService): Promise<number> {
    await service.store.settle()
    const { rows, layout } = await snapshot(service, [])
    return rows[itemKey('i1')][layout.names.item.indexOf('views')]
  }

  // Found by the simulation, seeds 2491, 2531 and 18901: the entries went from the log before they were in the sums.
  it.each(['before', 'after'])(
    'while a person is erased, %s its progress is counted, loses nothing of what they had added to the sums',
    async (when) => {
      const service = await open()
      const admin = new Redis(server().url)
      onTestFinished(() => admin.disconnect())
      const event = (eventId: string, userId: string) => ({ eventId, userId, itemId: 'i1', eventType: 'view' })
      await service.ingest.record([event('e1', 'ann'), event('e1', 'bob')])
      await service.store.settle()
      // The backup has events in the log that are not in the sums yet.
      const { lease } = new RedisKeys(service.partitioning, service.prefix)
      await admin.set(lease, 'nobody', 'PX', NOBODY_FOLDS_MS)
      await service.ingest.record([event('e2', 'ann'), event('e3', 'ann')])
      const putBack = await backup(admin, service.prefix)
      await admin.del(lease)
      expect(await viewsOf(service)).toBe(4)

      const set = vi.spyOn(Redis.prototype, 'set')
      let isPutBack = false
      set.mockImplementation(async function (this: Redis, ...args: Parameters<Redis['set']>) {
        const begin = () => this.call('set', ...args.map(String)) as Promise<'OK'>
        if (!String(args[0]).includes(':erasure:') || isPutBack) return begin()
        isPutBack = true
        if (when === 'after') await begin()
        await putBack()
        await admin.del(lease)
        return when === 'after' ? 'OK' : begin()
      } as Redis['set'])
      const { logEntries } = await service.erasures.erase('ann')
      expect(isPutBack).toBe(true)
      expect(logEntries).toBe(2)
      expect(await viewsOf(service)).toBe(4)
      expect(await service.store.readEvents('ann')).toEqual([])
    },
  )
})
