import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ItemInput } from '../../src/events/uploads.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { itemKey } from '../../src/state/slots.ts'
import { onRedis } from '../support/each-store.ts'
import { featureInput } from '../support/features.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { topOverlap } from '../support/state-snapshot.ts'

const DATA = join(import.meta.dirname, '../../../shared/data')
/** Few enough that no scored set is trimmed: what a trim drops depends on how many entries were folded at once. */
const EVENTS = 1500
/** Items beside those that a user touched, for which their features are compared too. */
const STRANGERS = 10

async function readLines<T>(path: string, limit: number): Promise<T[]> {
  const rows: T[] = []
  for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) })) {
    rows.push(JSON.parse(line) as T)
    if (rows.length === limit) break
  }
  return rows
}

/** Uploads the items, then records the events in their order, at their own time. */
async function play(service: OpenedService, items: readonly ItemInput[], events: readonly EventInput[]): Promise<void> {
  expect((await service.uploads.upsertItems(items)).errors).toEqual([])
  for (let start = 0; start < events.length; start += 100) {
    const outcomes = await service.ingest.record(events.slice(start, start + 100))
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['RECORDED']))
  }
  await service.store.settle()
}

/** Values of every feature that is a number, feature by feature, in float64. */
async function features(service: OpenedService, userId: string, itemIds: readonly string[]): Promise<Map<string, number[]>> {
  const input = await featureInput(service, { userId, itemIds })
  const values = new Map<string, number[]>()
  for (const [name, { column }] of service.accumulators.features) {
    if (!column) continue
    const value = column(input)
    values.set(
      name,
      itemIds.map((_, row) => value(row)),
    )
  }
  return values
}

function differs(a: number, b: number): boolean {
  return !Object.is(a, b) && !(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)))
}

async function differences(
  one: OpenedService,
  other: OpenedService,
  userId: string,
  itemIds: readonly string[],
): Promise<string[]> {
  const [expected, actual] = await Promise.all([features(one, userId, itemIds), features(other, userId, itemIds)])
  return [...expected].flatMap(([name, values]) => {
    const row = values.findIndex((value, i) => differs(value, actual.get(name)![i]))
    return row < 0 ? [] : [`${name} of ${userId} and ${itemIds[row]}: ${actual.get(name)![row]} instead of ${values[row]}`]
  })
}

onRedis('the same real log in the embedded store and in Redis', (openOnRedis) => {
  describe.for(['deskdrop', 'rees46'])('%s', (name) => {
    const folder = join(DATA, name)
    it.skipIf(!existsSync(folder))(
      'gives equal features for every user and item in it',
      async () => {
        const events = await readLines<EventInput>(join(folder, 'events.jsonl.gz'), EVENTS)
        const itemIds = [...new Set(events.flatMap(({ itemId }) => (typeof itemId === 'string' ? [itemId] : [])))]
        const known = new Set(itemIds)
        const items = (await readLines<ItemInput>(join(folder, 'items.jsonl.gz'), Number.POSITIVE_INFINITY)).filter(
          ({ itemId }) => known.has(itemId),
        )
        const clock = () => new SettableClock(Number(events[0].timestamp), true)
        const embedded = await openOn(undefined, { clock: clock(), dataDir: null })
        const redis = await openOnRedis({ clock: clock(), partitions: 16, shards: 8 })
        await play(embedded, items, events)
        await play(redis, items, events)

        expect(await differences(embedded, redis, 'nobody', itemIds)).toEqual([])
        const touched = new Map<string, Set<string>>()
        for (const { userId, itemId } of events) {
          const ofUser = touched.get(userId) ?? new Set(itemIds.slice(0, STRANGERS))
          touched.set(userId, ofUser)
          if (typeof itemId === 'string') ofUser.add(itemId)
        }
        for (const [userId, ofUser] of touched) expect(await differences(embedded, redis, userId, [...ofUser])).toEqual([])

        const set = embedded.domain.pairs.neighbours
        const reads = itemIds.map((itemId) => ({ entity: itemKey(itemId), set, limit: set.capacity }))
        const [expected, actual] = await Promise.all([embedded.store.readSets(reads), redis.store.readSets(reads)])
        const lists = expected.flatMap((view, i) => (view.members.length > 0 ? [topOverlap(actual[i], view)] : []))
        expect(lists.length).toBeGreaterThan(100)
        expect(lists.reduce((sum, overlap) => sum + overlap, 0) / lists.length).toBeGreaterThanOrEqual(0.99)
      },
      120_000,
    )
  })
})
