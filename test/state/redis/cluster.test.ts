import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readFoldFigures } from '../../../src/analysis/fold-figures.ts'
import type { EventInput } from '../../../src/events/validate-event.ts'
import { connectRedis } from '../../../src/state/redis/connection.ts'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { ReplicatedWrites } from '../../../src/state/redis/replicated-writes.ts'
import { itemKey } from '../../../src/state/slots.ts'
import { checkProperty } from '../../support/check-property.ts'
import { EventLoad, targetOf } from '../../support/event-load.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort } from '../../support/free-port.ts'
import { expectStateOfLogs } from '../../support/log-oracle.ts'
import { IS_LONG, itWhenLong } from '../../support/long.ts'
import { comparable, history, play, USERS } from '../../support/random-history.ts'
import { RedisCluster } from '../../support/redis-cluster.ts'
import { redisAvailable } from '../../support/redis-server.ts'
import { type OpenedService, openOn, type ServiceOptions } from '../../support/service.ts'
import { expectSameState, snapshot, unexpired } from '../../support/state-snapshot.ts'

const SPREAD = { partitions: 16, shards: 8 }
const SHOPPERS = Array.from({ length: 40 }, (_, n) => `u${n}`)

function event(n: number): EventInput {
  return {
    eventId: `e${n}`,
    userId: SHOPPERS[n % SHOPPERS.length],
    itemId: `i${n % 23}`,
    eventType: n % 6 === 0 ? 'add_to_cart' : 'view',
  }
}

function keysOf({ partitioning, prefix }: OpenedService): RedisKeys {
  return new RedisKeys(partitioning, prefix)
}

/** Resolves when the store takes writes in every partition, and has folded what it holds. */
async function untilWhole(service: OpenedService): Promise<void> {
  await eventually(() => service.store.settle(), 50)
}

describe.skipIf(!redisAvailable)('a Redis Cluster', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    // No replica takes over while the machine is busy: these tests know the masters.
    cluster = await RedisCluster.start({ 'cluster-node-timeout': '5000' })
  })
  afterAll(() => cluster.stop())
  const open = (options?: ServiceOptions) => openOn(cluster.url, { ...SPREAD, ...options })

  it('ends in the same state and gives the same answers as the embedded store, whatever is recorded and uploaded', async () => {
    const property = fc.asyncProperty(history, async (steps) => {
      const embedded = await openOn(undefined)
      const clustered = await open()
      try {
        const expected = await play(embedded, steps)
        expect(comparable(await play(clustered, steps))).toEqual(comparable(expected))
        const [actual, wanted] = await Promise.all([clustered, embedded].map((service) => snapshot(service, USERS)))
        const now = embedded.clock.now()
        expectSameState(unexpired(actual, now), unexpired(wanted, now))
        await expectStateOfLogs(clustered, USERS)
      } finally {
        await Promise.all([embedded.close(), clustered.close()])
      }
    })
    await checkProperty(property, 15)
  })

  it('holds logs, values and shared sums on every master, and reads many rows with one command per shard', async () => {
    const service = await open()
    await service.ingest.record(Array.from({ length: 400 }, (_, n) => event(n)))
    await service.store.settle()
    const keys = keysOf(service)
    const holders = async (names: string[]) =>
      new Set(await Promise.all(names.map(async (name) => (await cluster.masterOf(name)).id)))
    expect((await holders(Array.from({ length: 16 }, (_, partition) => keys.log(partition)))).size).toBe(3)
    expect((await holders(SHOPPERS.map((id) => keys.value({ kind: 'user', id })))).size).toBe(3)
    expect((await holders(Array.from({ length: 8 }, (_, shard) => keys.marks(shard)))).size).toBe(3)

    const masters = cluster.nodes.slice(0, 3)
    for (const { admin } of masters) await admin.config('RESETSTAT')
    const items = Array.from({ length: 200 }, (_, n) => itemKey(`i${n}`))
    const { data, width } = await service.store.readRows('item', items)
    const views = service.accumulators.layout.names.item.indexOf('views')
    const carts = service.accumulators.layout.names.item.indexOf('carts')
    expect(items.reduce((sum, _, i) => sum + data[i * width + views] + data[i * width + carts], 0)).toBe(400)
    let commands = 0
    for (const { admin } of masters) {
      commands += Number(/cmdstat_mget:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0)
    }
    expect(commands).toBe(8)
  })

  itWhenLong('can move slots of logs and of sums under load, and each event counts once', async () => {
    const service = await open()
    const load = new EventLoad({ targets: [targetOf(service)], event })
    await load.another(200)
    const keys = keysOf(service)
    for (const key of [keys.log(0), keys.log(5), keys.marks(0), keys.marks(3)]) {
      const source = await cluster.masterOf(key)
      await cluster.moveSlot(key, cluster.nodes.slice(0, 3).find(({ id }) => id !== source.id)!)
      await load.another(200)
      expect((await cluster.masterOf(key)).id).not.toBe(source.id)
    }
    const sent = await load.stop()
    const held = await expectStateOfLogs(service, SHOPPERS)
    expect(held.size).toBe(sent)
  })

  it('folds past poisoned entries of every master, sets each aside beside its log, counts it, and omits nothing else', async () => {
    const service = await open()
    const keys = keysOf(service)
    const views = service.accumulators.layout.names.item.indexOf('views')
    const poisoned = Array.from({ length: SPREAD.partitions }, (_, partition) => partition)
    expect((await Promise.all(poisoned.map((p) => cluster.masterOf(keys.log(p))))).map(({ id }) => id)).toEqual(
      expect.arrayContaining(cluster.nodes.slice(0, 3).map(({ id }) => id)),
    )
    const before = Array.from({ length: 80 }, (_, n) => event(n))
    const after = Array.from({ length: 80 }, (_, n) => event(80 + n))
    await service.ingest.record(before)
    for (const partition of poisoned) {
      const { admin } = await cluster.masterOf(keys.log(partition))
      // One addition of two can be added, in whatever shard it belongs.
      const half = JSON.stringify([
        [itemKey(`sound${partition}`), [0, views, 1, 0], []],
        [itemKey(`poisoned${partition}`), [0, views, null, 0], []],
      ])
      for (const increments of [half, '[["item:cut off"']) await admin.xadd(keys.log(partition), '*', 'e', '{}', 'i', increments)
    }
    await service.ingest.record(after)
    await service.store.settle()

    expect(await readFoldFigures(service.store)).toMatchObject({ foldLagMs: 0, foldIsLate: false, poisonedEntries: 32 })
    for (const partition of poisoned) {
      const { admin } = await cluster.masterOf(keys.poisoned(partition))
      const aside = await admin.xrange(keys.poisoned(partition), '-', '+')
      const increments = aside.map(([, fields]) => fields[fields.indexOf('increments') + 1])
      expect(increments).toEqual([expect.stringContaining(`poisoned${partition}`), expect.stringContaining('cut off')])
      expect(increments[0]).not.toContain('sound')
    }
    expect(service.warnings.filter((warning) => warning.includes('Omitted from the sums'))).toHaveLength(32)
    const recorded = [...before, ...after].filter(({ eventType }) => eventType === 'view')
    const items = Array.from({ length: 23 }, (_, n) => `i${n}`)
    const sound = poisoned.map((partition) => `sound${partition}`)
    const { data, width } = await service.store.readRows('item', [...items, ...sound].map(itemKey))
    expect([...items, ...sound].map((_, i) => data[i * width + views])).toEqual([
      ...items.map((itemId) => recorded.filter((one) => one.itemId === itemId).length),
      ...sound.map(() => 1),
    ])
  })

  it('accepts a write with DURABILITY=replica although a node that has ended is still named as a master', async () => {
    const connection = connectRedis({ url: cluster.url }, () => {})
    const ended = { host: '127.0.0.1', port: await freePort() }
    const writes = new ReplicatedWrites({ ...connection, nodes: (role) => [ended, ...connection.nodes(role)] }, 1000)
    try {
      await connection.commands.ping()
      const key = new RedisKeys(SPREAD, 'named').log(0)
      const taken = await Promise.all([1, 2].map(() => writes.write(key, (master) => master.incr(key))))
      expect(taken.map(({ reply }) => reply).sort()).toEqual([1, 2])
    } finally {
      writes.close()
      await connection.close()
    }
  })
})

describe.skipIf(!redisAvailable || !IS_LONG)('a master of a Redis Cluster that is killed under load', () => {
  let cluster: RedisCluster
  beforeEach(async () => {
    cluster = await RedisCluster.start()
  })
  afterEach(() => cluster.stop())

  itWhenLong('loses only entries that its replica lacked, and these were not folded', async () => {
    const service = await openOn(cluster.url, SPREAD)
    const log = keysOf(service).log(0)
    const mine = SHOPPERS.filter((userId) => keysOf(service).partition(userId) === 0)
    const record = async (eventId: string) =>
      (await service.ingest.record(mine.map((userId) => ({ eventId, userId, itemId: 'i1', eventType: 'view' })))).map(
        ({ status }) => status,
      )
    const all = (status: string) => mine.map(() => status)
    expect(await record('before')).toEqual(all('RECORDED'))
    await service.store.settle()
    const master = await cluster.masterOf(log)
    await cluster.unlink(await cluster.replicaOf(master))
    expect(await record('lost')).toEqual(all('RECORDED'))
    await expect(service.store.settle()).rejects.toMatchObject({ code: 'UNAVAILABLE', message: /No replica has confirmed/ })
    await master.server.kill()
    await cluster.untilServedWithout(master)
    await untilWhole(service)
    const held = await expectStateOfLogs(service, mine)
    expect([...held]).toEqual(['before'])
    expect(await record('lost')).toEqual(all('RECORDED'))
    expect([...(await expectStateOfLogs(service, mine))]).toEqual(['before', 'lost'])
  })

  itWhenLong('loses nothing that was acknowledged with durability: replica', async () => {
    const service = await openOn(cluster.url, { ...SPREAD, durability: 'replica' })
    const load = new EventLoad({ targets: [targetOf(service)], event })
    await load.another(1000)
    const master = await cluster.masterOf(keysOf(service).log(0))
    // Until its end it takes what no replica can have.
    const replica = await cluster.replicaOf(master)
    await cluster.unlink(replica)
    await load.refused()
    const acknowledged = load.acknowledged.size
    await master.server.kill()
    await eventually(() => replica.admin.call('CLUSTER', 'FAILOVER', 'TAKEOVER'))
    await cluster.untilServedWithout(master)
    // The new master has no replica: what is its to record waits for one.
    await master.server.restart()
    await load.another(1000)
    const sent = await load.stop()
    await untilWhole(service)
    const held = await expectStateOfLogs(service, SHOPPERS)
    expect(acknowledged).toBeGreaterThanOrEqual(1000)
    expect([...load.acknowledged.keys()].filter((n) => !held.has(`e${n}`))).toEqual([])
    expect(held.size).toBe(sent)
  })
})
