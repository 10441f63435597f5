import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { onRedis } from '../../support/each-store.ts'
import { eventually } from '../../support/eventually.ts'
import type { OpenedService } from '../../support/service.ts'
import { entitiesOf } from '../../support/stored-entities.ts'

async function record(service: OpenedService, from: number, to: number): Promise<void> {
  const inputs = Array.from({ length: to - from }, (_, i) => ({
    eventId: `e${from + i}`,
    userId: `u${i % 3}`,
    itemId: `i${i % 5}`,
    eventType: 'view',
  }))
  const outcomes = await service.ingest.record(inputs)
  expect(outcomes.filter(({ status }) => status !== 'RECORDED')).toEqual([])
}

/** Views of all items, as they stand in the shared sums now. */
async function viewsOf(service: OpenedService): Promise<number> {
  const { layout } = service.accumulators
  const items = (await entitiesOf(service)).filter((entity) => entity.startsWith('item:'))
  const { width, data } = await service.store.readRows('item', items)
  const column = layout.names.item.indexOf('views')
  return items.reduce((sum, _, i) => sum + data[i * width + column], 0)
}

/** Until the worker has done it by itself. */
function folded(service: OpenedService, count: number): Promise<void> {
  return eventually(async () => expect(await viewsOf(service)).toBe(count), 20)
}

onRedis('a fold worker', (open, server) => {
  it('takes the lease and folds if memory is full, so that Redis can recover', async () => {
    const admin = new Redis(server().url)
    const prefix = `full-${process.pid}`
    await admin.set(`${prefix}:folder`, 'another worker, that has died')
    const service = await open({ prefix })
    await record(service, 0, 50)
    expect(await viewsOf(service)).toBe(0)
    try {
      await admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1mb')
      await admin.del(`${prefix}:folder`)
      await folded(service, 50)
    } finally {
      await admin.config('SET', 'maxmemory', '0')
      admin.disconnect()
    }
  })

  it('also starts with its service if memory is full', async () => {
    const admin = new Redis(server().url)
    const prefix = `full-at-start-${process.pid}`
    await admin.set(`${prefix}:folder`, 'another worker, that has died')
    const service = await open({ prefix })
    await record(service, 0, 50)
    await service.close()
    try {
      await admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1mb')
      await admin.del(`${prefix}:folder`)
      await folded(await open({ prefix }), 50)
    } finally {
      await admin.config('SET', 'maxmemory', '0')
      admin.disconnect()
    }
  })

  it('folds again what a shard has lost if a replica without its latest folds took over', async () => {
    const admin = new Redis(server().url)
    const service = await open()
    const shards = () => admin.keys(`${service.prefix}:{s*`)
    await record(service, 0, 10)
    await folded(service, 10)
    const replica = await Promise.all((await shards()).map(async (key) => ({ key, held: (await admin.dumpBuffer(key))! })))
    await record(service, 10, 40)
    await folded(service, 40)
    const takeOver = admin.multi()
    for (const key of await shards()) takeOver.del(key)
    for (const { key, held } of replica) takeOver.restore(key, 0, held)
    await takeOver.exec()
    admin.disconnect()
    await folded(service, 40)
  })
})
