import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { actedItems, actionsByType } from '../../src/accumulators/actions-by-type.ts'
import { itemClickRate } from '../../src/accumulators/item-click-rate.ts'
import { userClickRate } from '../../src/accumulators/user-click-rate.ts'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import type { UserValue } from '../../src/state/user-value.ts'
import { bothStores, type OpenedService } from '../support/service.ts'
import { START } from '../support/settable-clock.ts'

const ANN = { kind: 'user', id: 'ann' } as const
const ITEMS = [
  '-8650633878742415867',
  '9223372036854775807',
  '42',
  'item-7',
  'item-007',
  '3f2b8c1e-5a4d-4f6e-9b7a-0c1d2e3f4a5b',
  'é-1',
  '🛒',
]
const TYPES = ['view', 'impression', 'click', 'add_to_cart', 'purchase', 'view']
const EVENTS = Array.from({ length: 40 }, (_, i) => ({
  eventId: `e${i}`,
  userId: 'ann',
  itemId: ITEMS[(i * 5) % ITEMS.length],
  eventType: TYPES[i % TYPES.length],
  timestamp: START - (40 - i) * 7_000_003,
  sessionId: i % 3 === 0 ? '7c9e6679-7425-40de-944b-e07fc1f90ae7' : `s${i >> 3}`,
  eventAttributes: { device: i % 2 ? 'ios' : 'desktop' },
}))

/** The value of a user with these events, as version 0.1.0 wrote it before user values had format 3. */
async function formerValue(): Promise<Buffer> {
  return Buffer.from(await readFile(join(import.meta.dirname, 'user-value-of-format-2.base64'), 'utf8'), 'base64')
}

async function uploadItems({ uploads }: OpenedService): Promise<void> {
  await uploads.upsertItems(
    ITEMS.map((itemId, i) => ({
      itemId,
      attributes: { title: `Item ${i}`, category: `c${i % 3}`, brand: `b${i % 2}`, price: 10 + i },
    })),
  )
}

async function stateOf({ store, accumulators }: OpenedService): Promise<UserValue> {
  const [bytes] = await store.readValues([ANN])
  return accumulators.codec.decode(bytes)
}

/** What an accumulator keeps that this earlier version did not have is known from the next event on. */
function withoutLaterParts(user: UserValue): UserValue {
  for (const { parts = [] } of [actionsByType, itemClickRate, userClickRate])
    for (const { name } of parts) user.parts.delete(name)
  return user
}

/** Rounds all numbers to 12 digits: between versions of Node, powers differ in the last bit, and so do sums that decay. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(12))
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(rounded)
  if (value instanceof Map) return new Map(Array.from(value, ([key, held]) => [key, rounded(held)]))
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, rounded(held)]))
}

/** Writes the value as if an earlier version had recorded the user. */
async function restore({ store, redisUrl, prefix, partitioning }: OpenedService, value: Buffer): Promise<void> {
  if (store instanceof MemoryStore) return store.restoreValue(ANN, value)
  const redis = new Redis(redisUrl!)
  onTestFinished(() => redis.disconnect())
  await redis.set(new RedisKeys(partitioning, prefix).value(ANN), value)
}

bothStores((open) => {
  it('the user value of an earlier version equals that of this version for the same events, and can be continued', async () => {
    const [now, upgraded] = [await open(), await open()]
    for (const service of [now, upgraded]) await uploadItems(service)
    await now.ingest.record(EVENTS)
    await now.uploads.upsertUsers([{ userId: 'ann', attributes: { city: 'Rome' } }])
    const former = await formerValue()
    await restore(upgraded, former)
    const expected = withoutLaterParts(await stateOf(now))
    const read = await stateOf(upgraded)
    // It depends on the clock of the machine.
    expect(rounded(read)).toEqual(rounded({ ...expected, version: read.version }))

    for (const service of [now, upgraded])
      await service.ingest.record([{ eventId: 'next', userId: 'ann', itemId: '43', eventType: 'purchase', timestamp: START }])
    const after = await stateOf(upgraded)
    expect(after.version).toBeGreaterThan(read.version)
    expect(actedItems(after, new Set(TYPES))).toEqual([{ itemId: '43', at: START }])
    const continued = withoutLaterParts(await stateOf(now))
    expect(rounded(withoutLaterParts(after))).toEqual(rounded({ ...continued, version: after.version }))
    expect(upgraded.accumulators.codec.encode(after, new Uint8Array(8)).length).toBeLessThan(former.length)

    expect(await upgraded.erasures.erase('ann')).toMatchObject({ keys: 2, logEntries: 1 })
    expect(await upgraded.store.readValues([ANN])).toEqual([undefined])
  })
})
