import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Increments } from '../../src/state/increments.ts'
import { connectRedis, type RedisConnection } from '../../src/state/redis/connection.ts'
import { FoldWorker } from '../../src/state/redis/fold-worker.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { RedisStore } from '../../src/state/redis/store.ts'
import type { StoreIdentity } from '../../src/state/redis/store-identity.ts'
import { SharedSums } from '../../src/state/shared-sums.ts'
import { DAY } from '../../src/time-units.ts'
import { checkProperty } from '../support/check-property.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { rowDifference, setDifference } from '../support/state-snapshot.ts'
import { COUNT, DECAYED, EARLIEST, LARGE, LATEST, layout, SMALL } from './summed-slots.ts'

/** A store without an id, as it stands before its layout. */
const UNNAMED: StoreIdentity = { id: '', problem: undefined, suspect: async () => {} }

const ENTITIES = ['item:a', 'item:b', 'item:ü']

interface Addition {
  readonly what: 'count' | 'decayed' | 'latest' | 'earliest' | 'small' | 'large'
  readonly entity: string
  readonly value: number
  readonly member: string
  readonly time: number
}

/** Epochs of 64 days: forward and back, and so far that sums of old ones vanish. */
const addition = (what: fc.Arbitrary<Addition['what']>): fc.Arbitrary<Addition> =>
  fc.record({
    what,
    entity: fc.constantFrom(...ENTITIES),
    value: fc.oneof(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 9 })),
    member: fc.oneof(
      fc.integer({ min: 0, max: 11 }).map((n) => `m${n}`),
      fc.constantFrom('Ä', '🎩', '~', 'long '.repeat(20)),
    ),
    time: fc.oneof(fc.integer({ min: 1, max: 300 * DAY }), fc.integer({ min: 1, max: 5000 * DAY })),
  })
const anything = addition(fc.constantFrom('count', 'decayed', 'latest', 'earliest', 'small', 'large'))
const untrimmed = addition(fc.constantFrom('count', 'decayed', 'latest', 'earliest', 'large'))

function incrementsOf(list: readonly Addition[]): Increments {
  const increments = new Increments(layout)
  for (const { what, entity, value, member, time } of list) {
    if (what === 'count') increments.add(COUNT, entity, Math.ceil(value))
    else if (what === 'decayed') increments.addDecayed(DECAYED, entity, value, time)
    else if (what === 'latest') increments.add(LATEST, entity, time)
    else if (what === 'earliest') increments.add(EARLIEST, entity, time)
    else increments.addToSet(what === 'small' ? SMALL : LARGE, entity, member, value, time)
  }
  return increments
}

describe.skipIf(!redisAvailable)('shared sums in memory and the fold script', () => {
  let server: RedisServer
  let connection: RedisConnection
  let cases = 0
  beforeAll(async () => {
    server = await RedisServer.start()
    connection = connectRedis({ url: server.url }, () => {})
  })
  afterAll(async () => {
    await connection.close()
    await server.stop()
  })
  const running: FoldWorker[] = []
  async function stopWorkers(): Promise<void> {
    for (const worker of running.splice(0)) await worker.stop()
  }
  afterEach(stopWorkers)

  function openShards(held = layout) {
    const keys = new RedisKeys({ partitions: 2, shards: 2 }, `fold${++cases}`)
    const worker = new FoldWorker({ connection, keys, layout: held, identity: UNNAMED, expiresIn: DAY, warn: () => {} })
    running.push(worker)
    const store = new RedisStore({
      connection,
      keys,
      layout: held,
      identity: UNNAMED,
      lateness: DAY,
      durability: 'memory',
      worker,
      settles: false,
      archive: undefined,
    })
    const log = (increments: Increments, partition: number) =>
      connection.commands.xadd(keys.log(partition), '*', 'e', '{}', 'i', JSON.stringify(increments.toLog()))
    return { worker, store, log }
  }

  async function rows(store: RedisStore): Promise<number[]> {
    return Array.from((await store.readRows('item', ENTITIES)).data)
  }

  it('are equal to the last bit after the same additions in the same order, even if sets are trimmed', async () => {
    const batches = fc.array(fc.array(anything, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 6 })
    const property = fc.asyncProperty(batches, async (lists) => {
      const { worker, store, log } = openShards()
      const sums = new SharedSums(layout)
      for (const list of lists) {
        await log(incrementsOf(list), 0)
        await worker.settle()
        sums.apply(incrementsOf(list))
      }
      expect(await rows(store)).toEqual(Array.from(sums.rows(ENTITIES, layout.width('item')).data))
      for (const set of [SMALL, LARGE]) {
        const views = await store.readSets(ENTITIES.map((entity) => ({ entity, set, limit: 1000 })))
        const expected = ENTITIES.map((entity) => sums.set(entity, layout.indexOf(set), 1000))
        // Of an absent set, the epoch says nothing.
        views.forEach((view, i) => {
          if (expected[i].members.length > 0) expect(view).toEqual(expected[i])
          else expect(view.members).toEqual([])
        })
      }
    })
    await checkProperty(property.afterEach(stopWorkers), 100)
  })

  it('agree when many entries of several partitions are folded at once', async () => {
    const entry = fc.tuple(fc.nat(1), fc.array(untrimmed, { minLength: 1, maxLength: 6 }))
    const property = fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 20 }), async (entries) => {
      const { worker, store, log } = openShards()
      const sums = new SharedSums(layout)
      for (const [partition, list] of entries) {
        await log(incrementsOf(list), partition)
        sums.apply(incrementsOf(list))
      }
      await worker.settle()
      const width = layout.width('item')
      const held = await rows(store)
      const expected = Array.from(sums.rows(ENTITIES, width).data)
      const views = await store.readSets(ENTITIES.map((entity) => ({ entity, set: LARGE, limit: 1000 })))
      ENTITIES.forEach((entity, i) => {
        const part = (all: number[]) => all.slice(i * width, (i + 1) * width)
        expect(rowDifference('item', part(held), layout, part(expected), layout)).toBeUndefined()
        expect(setDifference(views[i], sums.set(entity, layout.indexOf(LARGE), 1000))).toBeUndefined()
      })
    })
    await checkProperty(property.afterEach(stopWorkers), 60)
  })

  it('can differ after a set overflows: in the lowest members, and in the score of a member that returned', async () => {
    const full = [1, 5, 5, 5, 2].map((value, n) => ({ member: `m${n}`, value }))
    const entries = [...full, { member: 'new', value: 1 }, { member: 'm0', value: 9 }]
    const held = async (isAlone: boolean) => {
      const { worker, store, log } = openShards()
      for (const { member, value } of entries) {
        const increments = new Increments(layout)
        increments.addToSet(SMALL, 'item:a', member, value, DAY)
        await log(increments, 0)
        if (isAlone) await worker.settle()
      }
      await worker.settle()
      const [{ members, scores }] = await store.readSets([{ entity: 'item:a', set: SMALL, limit: 1000 }])
      // At one half-life into the epoch an addition weighs 2.
      return members.map((member, i) => [member, scores[i] / 2])
    }
    // A member that is dropped begins anew: m0 had 1 before. In one fold its additions are one, and come before the set is full.
    expect(await held(true)).toEqual([
      ['m0', 9],
      ['m3', 5],
      ['m2', 5],
      ['m1', 5],
      ['new', 1],
    ])
    expect(await held(false)).toEqual([
      ['m0', 10],
      ['m3', 5],
      ['m2', 5],
      ['new', 1],
    ])
  })

  it('keep a member with more than a fourth of the scores of a set that overflows, however entries are folded', async () => {
    const light = fc.record({
      member: fc.nat(30),
      value: fc.integer({ min: 1, max: 9 }),
      partition: fc.nat(1),
      folds: fc.boolean(),
    })
    const heavy = fc.record({ at: fc.nat(60), again: fc.array(fc.nat(60), { maxLength: 3 }) })
    let overflowed = 0
    const property = fc.asyncProperty(
      fc.array(light, { minLength: 12, maxLength: 40 }),
      heavy,
      async (additions, { at, again }) => {
        const total = additions.reduce((sum, { value }) => sum + value, 0) + again.length
        const place = at % additions.length
        const list = additions.map(({ member, ...rest }) => ({ member: `m${member}`, ...rest }))
        // With more than the other three fourths, one part in keep + 1, from its first addition on.
        list.splice(place, 0, { ...list[place], member: 'heavy', value: Math.floor(total / SMALL.keep) + 1 })
        for (const n of again) list.splice(place + 1 + (n % (list.length - place)), 0, { ...list[place], value: 1 })
        const full = new Map<string, number>()
        const { worker, store, log } = openShards()
        const sums = new SharedSums(layout)
        for (const { member, value, partition, folds } of list) {
          const increments = new Increments(layout)
          increments.addToSet(SMALL, 'item:a', member, value, DAY)
          increments.add(COUNT, 'item:a', 1)
          await log(increments, partition)
          sums.apply(increments)
          full.set(member, (full.get(member) ?? 0) + 2 * value)
          if (folds) await worker.settle()
        }
        await worker.settle()
        if (full.size > SMALL.capacity) overflowed++
        const [onRedis] = await store.readSets([{ entity: 'item:a', set: SMALL, limit: 1000 }])
        const inMemory = sums.set('item:a', layout.indexOf(SMALL), 1000)
        expect((await rows(store))[layout.indexOf(COUNT)]).toBe(list.length)
        for (const { members, scores } of [onRedis, inMemory]) {
          expect(members.length).toBeLessThanOrEqual(SMALL.capacity)
          expect(members.length).toBeGreaterThan(Math.min(SMALL.keep, full.size - 1))
          expect(scores[members.indexOf('heavy')]).toBe(full.get('heavy'))
          for (const [i, member] of members.entries()) expect(scores[i]).toBeLessThanOrEqual(full.get(member)!)
        }
        if (full.size <= SMALL.capacity) expect(onRedis).toEqual(inMemory)
      },
    )
    await checkProperty(property.afterEach(stopWorkers), 60)
    expect(overflowed).toBeGreaterThan(20)
  })

  it('count every entry once when several workers fold the same logs at the same time', async () => {
    const keys = new RedisKeys({ partitions: 4, shards: 3 }, `fold${++cases}`)
    const workers = Array.from(
      { length: 3 },
      () => new FoldWorker({ connection, keys, layout, identity: UNNAMED, expiresIn: DAY, warn: () => {} }),
    )
    running.push(...workers)
    const entries = 900
    const folding: Promise<void>[] = []
    for (let i = 0; i < entries; i++) {
      const increments = new Increments(layout)
      for (const entity of ENTITIES) increments.add(COUNT, entity, 1)
      await connection.commands.xadd(keys.log(i % 4), '*', 'e', '{}', 'i', JSON.stringify(increments.toLog()))
      if (i % 60 === 0) for (const worker of workers) folding.push(worker.settle())
    }
    await Promise.all(folding)
    await Promise.all(workers.map((worker) => worker.settle()))
    const store = new RedisStore({
      connection,
      keys,
      layout,
      identity: UNNAMED,
      lateness: DAY,
      durability: 'memory',
      worker: workers[0],
      settles: false,
      archive: undefined,
    })
    const { width, data } = await store.readRows('item', ENTITIES)
    expect(ENTITIES.map((_, i) => data[i * width + layout.indexOf(COUNT)])).toEqual([entries, entries, entries])
  })

  it('fold a log whose entries add more than fits into one call', async () => {
    const { worker, store, log } = openShards()
    const members = 3000
    for (let n = 0; n < 60; n++) {
      const increments = new Increments(layout)
      for (let m = 0; m < members; m++) {
        // At the beginning of an epoch, where weights are 1 and short in the log.
        increments.addToSet(LARGE, `item:${n}-${m % 40}`, `m${m}`, 1, 128 * DAY)
        increments.add(COUNT, 'item:a', 1)
      }
      await log(increments, n % 2)
    }
    await worker.settle()
    const { data } = await store.readRows('item', ['item:a'])
    expect(data[layout.indexOf(COUNT)]).toBe(60 * members)
    const [view] = await store.readSets([{ entity: 'item:59-39', set: LARGE, limit: 1000 }])
    expect(view.members).toHaveLength(members / 40)
  })
})
