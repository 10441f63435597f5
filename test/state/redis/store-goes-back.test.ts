import { Redis } from 'ioredis'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import type { LogEntry } from '../../../src/state/log-entry.ts'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { itemKey } from '../../../src/state/slots.ts'
import { HOUR } from '../../../src/time-units.ts'
import { onRedis } from '../../support/each-store.ts'
import type { OpenedService } from '../../support/service.ts'
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

onRedis('a store that is restored from a backup', (open, server) => {
  async function viewsOf(service: OpenedService): Promise<number> {
    await service.store.settle()
    const { rows, layout } = await snapshot(service, [])
    return rows[itemKey('i1')][layout.names.item.indexOf('views')]
  }

  // Found by the simulation, seeds 2491, 2531 and 18901: the entries went from the log before they were in the sums.
  it.each(['before', 'after'])(
    'while a person is erased, %s its progress is counted, keeps everything that the person added to the sums',
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

  // Found by the simulation, seed 92520: the log had ended ahead of what the new clock gave.
  it('with a log that ends earlier loses no events of its user during the erasure', async () => {
    const service = await open({ partitions: 1 })
    const admin = new Redis(server().url)
    onTestFinished(() => admin.disconnect())
    const event = (eventId: string) => ({ eventId, userId: 'ann', itemId: 'i1', eventType: 'view' })
    await service.ingest.record([event('e1')])
    await service.store.settle()
    const putBack = await backup(admin, service.prefix)
    const keys = new RedisKeys(service.partitioning, service.prefix)
    const log = keys.log(0)
    const nothing = JSON.stringify({ kind: 'sums', at: service.clock.now(), increments: [] } satisfies LogEntry)
    await admin.xadd(log, `${Date.now() + HOUR}-0`, 'e', nothing)

    const begins = vi.spyOn(Redis.prototype, 'set')
    begins.mockImplementation(async function (this: Redis, ...args: Parameters<Redis['set']>) {
      if (String(args[0]).includes(':erasure:')) {
        begins.mockRestore()
        await putBack()
      }
      return (await this.call('set', ...args.map(String))) as 'OK'
    } as Redis['set'])
    let isActing = false
    let endOfRound = () => {}
    const roundEnds = new Promise<void>((resolve) => {
      endOfRound = resolve
    })
    vi.spyOn(Redis.prototype, 'xrange').mockImplementation(async function (this: Redis, ...args: Parameters<Redis['xrange']>) {
      const [key, from, to] = args.map(String)
      // The first page of the log: what the user does now is not folded before the round ends.
      if (key === log && from === '-' && !isActing) {
        isActing = true
        await service.ingest.record([event('e2')])
      } else if (isActing && to === '+') await roundEnds
      return (await this.call('xrange', ...args.map(String))) as [string, string[]][]
    } as Redis['xrange'])
    vi.spyOn(Redis.prototype, 'del').mockImplementation(function (this: Redis, ...args: unknown[]) {
      if (String(args[0]).includes(':erasure:')) endOfRound()
      return this.call('del', ...args.flat().map(String)) as Promise<number>
    } as Redis['del'])
    await service.erasures.erase('ann')
    expect(isActing).toBe(true)
    expect(await viewsOf(service)).toBe(2)
  })
})
