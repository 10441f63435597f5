import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { onRedis } from '../../support/each-store.ts'
import { eventually } from '../../support/eventually.ts'
import { serve } from '../../support/server.ts'
import type { OpenedService } from '../../support/service.ts'
import { snapshot } from '../../support/state-snapshot.ts'

async function statusOf(service: OpenedService, eventId: string, userId = 'ann'): Promise<string> {
  return (await service.ingest.record([{ eventId, userId, itemId: 'i1', eventType: 'view' }]))[0].status
}

/** Sends an event until the store takes it. */
function recorded(service: OpenedService, eventId: string, userId = 'ann'): Promise<void> {
  return eventually(async () => expect(await statusOf(service, eventId, userId)).toBe('RECORDED'), 20)
}

async function readiness(service: OpenedService): Promise<() => Promise<{ status: number; body: Record<string, unknown> }>> {
  const { url } = await serve(service)
  return async () => {
    const response = await fetch(url.replace('graphql', 'ready'))
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
}

onRedis('a Redis that lost its data while the service ran', (open, server) => {
  async function admin(): Promise<Redis> {
    const client = new Redis(server().url)
    onTestFinished(() => client.disconnect())
    return client
  }

  it('accepts no data until it has a layout again, under the same settings and with a new id', async () => {
    const service = await open()
    const redis = await admin()
    const keys = new RedisKeys(service.partitioning, service.prefix)
    const meta = await redis.hgetall(keys.meta)
    await recorded(service, 'e1')
    await redis.flushall()
    expect(await statusOf(service, 'e2')).toBe('UNAVAILABLE')
    await recorded(service, 'e2')
    const again = await redis.hgetall(keys.meta)
    expect(again).toEqual({ ...meta, id: expect.any(String), draft: again.id })
    expect(again.id).not.toBe(meta.id)
    expect(service.storeHealth).toMatchObject({ problem: undefined, losses: 1 })
    expect(service.warnings.join('\n')).toContain('Redis lost the data of this store')
    await service.store.settle()
    const { rows } = await snapshot(service, ['ann'])
    expect(Object.keys(rows)).toContain('item:i1')
  })

  it('is noticed without an event, counted in /ready, and catalogue and rules follow the store again', async () => {
    const service = await open()
    const ready = await readiness(service)
    await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
    await eventually(() => expect(service.catalogue.itemIds).toEqual(['i1']), 20)
    expect(await ready()).toMatchObject({ status: 200, body: { losses: 0 } })
    const resynced = new Promise<void>((resolve) => service.signals.onResync(resolve))
    await (await admin()).flushall()
    await resynced
    await eventually(() => expect(service.catalogue.itemIds).toEqual([]), 20)
    expect(await ready()).toMatchObject({ status: 200, body: { losses: 1 } })
    await service.uploads.upsertItems([{ itemId: 'i2', attributes: {} }])
    await eventually(() => expect(service.catalogue.itemIds).toEqual(['i2']), 20)
  })

  it('refuses a process if another process gave it other settings after the loss', async () => {
    const service = await open({ partitions: 4, shards: 2 })
    const ready = await readiness(service)
    await recorded(service, 'e1')
    const redis = await admin()
    const keys = new RedisKeys(service.partitioning, service.prefix)
    // At one go, so that this process sees the store only when it is the other one's.
    await redis.multi().flushall().hset(keys.meta, 'partitioning', '{"partitions":2,"shards":1}').exec()
    const other = await open({ prefix: service.prefix, partitions: 2, shards: 1 })
    await recorded(other, 'e2')
    expect(await statusOf(service, 'e2')).toBe('UNAVAILABLE')
    expect(await ready()).toMatchObject({
      status: 503,
      body: { problem: expect.stringContaining('set PARTITIONS=2 and SHARDS=1') },
    })
    await expect(service.store.erase([[{ kind: 'user', id: 'ann' }]])).rejects.toThrow('other settings')
    // What the other process recorded, it alone folds.
    await other.store.settle()
    expect(await redis.exists(...[0, 1].map((shard) => `${keys.marks(shard)}`))).toBe(1)
  })

  it('gets its layout once if several processes notice the loss', async () => {
    const one = await open()
    const others = await Promise.all([1, 2].map(() => open({ prefix: one.prefix })))
    const redis = await admin()
    await redis.flushall()
    const all = [one, ...others]
    await Promise.all(all.map((service, i) => recorded(service, 'e1', `u${i}`)))
    const id = await redis.hget(new RedisKeys(one.partitioning, one.prefix).meta, 'id')
    const stored = await redis.keys(`${one.prefix}:*:store`)
    expect(new Set(await Promise.all(stored.map((key) => redis.hget(key, 'store'))))).toEqual(new Set([id]))
    expect(stored).toHaveLength(one.partitioning.partitions)
    for (const { storeHealth } of all) expect(storeHealth.problem).toBeUndefined()
  })

  it('is noticed even if only the server of one partition lost its data', async () => {
    const service = await open()
    const redis = await admin()
    const keys = new RedisKeys(service.partitioning, service.prefix)
    await recorded(service, 'e1')
    const partition = keys.partition('ann')
    const lost = await redis.keys(`${service.prefix}:{p${partition}}:*`)
    await redis.del(lost.length > 0 ? lost : [keys.store(partition)])
    expect(await statusOf(service, 'e2')).toBe('UNAVAILABLE')
    await recorded(service, 'e2')
    expect(service.warnings.join('\n')).toMatch(new RegExp(`lost a part of this store: partitions ${partition}; shards none`))
  })

  it('does not count as lost if it restarts with all its data, or with an older state', async () => {
    const service = await open()
    const redis = await admin()
    await recorded(service, 'e1')
    await service.store.settle()
    await redis.save()
    await recorded(service, 'e2')
    // The state of the save: without e2.
    await server().kill()
    await server().restart()
    await recorded(service, 'e2')
    await service.store.settle()
    expect(service.storeHealth).toMatchObject({ problem: undefined, losses: 0 })
    const views = await redis.lrange(new RedisKeys(service.partitioning, service.prefix).events('ann'), 0, -1)
    expect(views).toHaveLength(2)
  })
})
