import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addressGroup } from '../../src/server/address-group.ts'
import { type Rate, RateBuckets } from '../../src/server/rate-buckets.ts'
import type { SharedBuckets } from '../../src/state/opened-store.ts'
import { RedisBuckets } from '../../src/state/redis/buckets.ts'
import { connectRedis } from '../../src/state/redis/connection.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { checkProperty } from '../support/check-property.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'

/** 10 points a second, 600 in a full bucket. */
const RATE: Rate = { perMs: 0.01, burstMs: 60_000 }

describe('a token bucket', () => {
  it('never gives more than its content and its inflow, and says exactly when further points are available', async () => {
    const step = fc.record({ pause: fc.integer({ min: 0, max: 20_000 }), points: fc.integer({ min: 1, max: 300 }) })
    await checkProperty(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let now = 1000
        const buckets = new RateBuckets({ shared: undefined, monotonic: () => now, most: 10 })
        let content = 600
        for (const { pause, points } of steps) {
          now += pause
          content = Math.min(600, content + pause * RATE.perMs)
          const wait = buckets.take('u', RATE, points) as number
          if (points <= content + 1e-6) {
            expect(wait).toBe(0)
            content -= points
          } else {
            expect(wait).toBeCloseTo((points - content) / RATE.perMs, 3)
          }
        }
      }),
      300,
    )
  })

  it('uses bounded memory even with a million names, which do not affect each other', () => {
    let now = 0
    const buckets = new RateBuckets({ shared: undefined, monotonic: () => now, most: 1000 })
    expect(buckets.take('heavy', RATE, 600)).toBe(0)
    for (let n = 0; n < 1_000_000; n++) {
      if (n % 500 === 0) expect(buckets.take('heavy', RATE, 1)).toBeGreaterThan(0)
      if (buckets.take(`u${n}`, RATE, 300) !== 0) expect.fail(`u${n} is disturbed`)
    }
    now += 60_000
    expect(buckets.take('heavy', RATE, 600)).toBe(0)
  })

  it('asks the shared bucket seldom, once for all waiting callers, and not while the bucket is known to be empty', async () => {
    let now = 0
    let asked = 0
    let content = 60_000
    const shared: SharedBuckets = {
      take: async (_, wanted, least, size) => {
        asked++
        await Promise.resolve()
        expect(size).toBe(60_000)
        const granted = [wanted, least].find((amount) => amount <= content) ?? 0
        content -= granted
        return { granted, waitMs: granted === 0 ? least : 0 }
      },
    }
    const buckets = new RateBuckets({ shared, monotonic: () => now, most: 10 })
    // A sixteenth of 600 points without a question.
    for (let point = 0; point < 37; point++) expect(buckets.take('u', RATE, 1)).toBe(0)
    expect(asked).toBe(0)
    const waits = await Promise.all(Array.from({ length: 700 }, () => buckets.take('u', RATE, 1)))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(600)
    expect(asked).toBeLessThanOrEqual(18)
    const before = asked
    expect(await buckets.take('u', RATE, 1)).toBeGreaterThan(0)
    expect(asked).toBe(before)
    now += 1000
    content = 1000
    expect(await buckets.take('u', RATE, 1)).toBe(0)
  })

  it('owes what was taken without being there, at most as much as it holds, with and without a shared bucket', async () => {
    let now = 0
    // Points in the shared bucket, as ms of inflow: it is full whenever it is asked.
    const shared: SharedBuckets = { take: async (_, wanted) => ({ granted: wanted, waitMs: 0 }) }
    const alone = new RateBuckets({ shared: undefined, monotonic: () => now, most: 10 })
    alone.charge('u', RATE, 700)
    expect(alone.take('u', RATE, 100)).toBeCloseTo(20_000, 3)
    for (let n = 0; n < 100; n++) alone.charge('u', RATE, 700)
    expect(alone.take('u', RATE, 600)).toBeCloseTo(120_000, 3)
    now += 120_000
    expect(alone.take('u', RATE, 600)).toBe(0)

    const granted: number[] = []
    const counted: SharedBuckets = {
      take: async (name, wanted, least, size) => {
        expect(wanted).toBeLessThanOrEqual(size)
        granted.push(least * RATE.perMs)
        return shared.take(name, least, least, size)
      },
    }
    const together = new RateBuckets({ shared: counted, monotonic: () => now, most: 10 })
    // A sixteenth is the own share of the process; the rest is owed to the shared bucket, and paid with the next operation.
    together.charge('u', RATE, 37)
    together.charge('u', RATE, 300)
    expect(await together.take('u', RATE, 50)).toBe(0)
    expect(granted).toEqual([350])
  })

  it('counts only in this process while the shared bucket does not answer, and asks again after 5 s', async () => {
    let now = 0
    let asked = 0
    const shared: SharedBuckets = {
      take: async () => {
        asked++
        throw new Error('away')
      },
    }
    const buckets = new RateBuckets({ shared, monotonic: () => now, most: 10 })
    let given = 0
    while ((await buckets.take('u', RATE, 10)) === 0) given += 10
    // Its own share, and then a whole bucket.
    expect(given).toBe(30 + 600)
    expect(asked).toBe(1)
    now += 6000
    expect(await buckets.take('u', RATE, 40)).toBe(0)
    expect(asked).toBe(2)
  })
})

describe.skipIf(!redisAvailable)('a bucket in Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server.stop())

  it('is shared by processes, fills up with time, and is removed from Redis when it is full', async () => {
    const connections = [0, 1, 2].map(() => connectRedis({ url: server.url }, () => {}))
    const keys = new RedisKeys({ partitions: 1, shards: 1 }, 'b')
    // 1,000 points a second, 2,000 in a full bucket.
    const rate: Rate = { perMs: 1, burstMs: 2000 }
    // Clocks that stand: what a process gives on its own does not grow.
    const processes = connections.map((c) => new RateBuckets({ shared: new RedisBuckets(c, keys), monotonic: () => 1, most: 10 }))
    const start = performance.now()
    const waits = await Promise.all(Array.from({ length: 6000 }, (_, n) => processes[n % 3].take('user:secret-name', rate, 1)))
    const took = performance.now() - start
    const given = waits.filter((wait) => wait === 0).length
    // The shared bucket, and a sixteenth of it for each process without a question.
    expect(given).toBeGreaterThanOrEqual(2000)
    expect(given).toBeLessThanOrEqual(2000 + 3 * 125 + Math.ceil(took))
    const client = new Redis(server.url)
    const found = await client.keys('b:bucket:*')
    expect(found).toHaveLength(1)
    expect(found[0]).not.toContain('secret-name')
    expect(await client.pttl(found[0])).toBeLessThanOrEqual(2000)
    await expect.poll(() => client.exists(found[0])).toBe(0)
    await client.quit()
    for (const connection of connections) await connection.close()
  })

  it('does not stay empty if the clock of Redis has stepped back', async () => {
    const connection = connectRedis({ url: server.url }, () => {})
    const keys = new RedisKeys({ partitions: 1, shards: 1 }, 'c')
    const buckets = new RedisBuckets(connection, keys)
    await connection.commands.set(keys.bucket('u'), String(Date.now() + 3_600_000))
    const { granted, waitMs } = await buckets.take('u', 10, 10, 1000)
    expect(granted).toBe(0)
    expect(waitMs).toBeLessThanOrEqual(10)
    await connection.close()
  })
})

describe('addresses', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('%s counts as %s', (address, group) => {
    expect(addressGroup(address)).toBe(group)
  })

  it('of this machine are recognised in each spelling', () => {
    for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) expect(addressGroup(address)).toBeUndefined()
    for (const address of ['10.0.0.1', '::2', 'localhost', '']) expect(addressGroup(address)).toBeDefined()
  })
})
