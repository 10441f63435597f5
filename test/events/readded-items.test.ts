import { readdir } from 'node:fs/promises'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { similarItems, trendingItems } from '../../src/slate/trending-and-similar-items.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { bothStores, onRedis } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { featureInput } from '../support/features.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { type OpenedService, openOn, UNLIMITED } from '../support/service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const view = (userId: string, itemId: string) => ({ userId, itemId, eventType: 'view' })
const users = (count: number, prefix = 'u') => Array.from({ length: count }, (_, n) => `${prefix}${n}`)

async function add(service: OpenedService, ...itemIds: string[]): Promise<void> {
  const { errors } = await service.uploads.upsertItems(itemIds.map((itemId) => ({ itemId, attributes: {} })))
  expect(errors).toEqual([])
}

async function readd(service: OpenedService, itemId: string): Promise<void> {
  expect((await service.uploads.deleteItems([itemId])).errors).toEqual([])
  await add(service, itemId)
}

async function viewsOf(service: OpenedService, itemId: string): Promise<number> {
  const feature = service.accumulators.features.get('item_views')!
  return feature.column!(await featureInput(service, { itemIds: [itemId] }))(0)
}

function listsOf(service: OpenedService) {
  return { ...service, now: service.clock.now() }
}

bothStores((open) => {
  describe('an item that is uploaded again after it was deleted', () => {
    it('is new: its attributes, age and sums start from nothing, and later events count', async () => {
      const service = await open()
      const { ingest, uploads, catalogue, store, clock } = service
      await uploads.upsertItems([{ itemId: 'a', attributes: { brand: 'Lux' }, available: false }])
      await add(service, 'b')
      for (const userId of users(5)) await ingest.record([view(userId, 'b'), view(userId, 'a')])
      expect(await viewsOf(service, 'a')).toBe(5)
      clock.advance(1000)
      await readd(service, 'a')
      expect(catalogue.get('a')).toMatchObject({ attributes: {}, available: true, addedAt: clock.now() + 1, life: 1 })
      expect(await viewsOf(service, 'a')).toBe(0)
      expect(await viewsOf(service, 'b')).toBe(5)
      // Nor do the lists of others hold what it was.
      await store.settle()
      expect((await trendingItems(listsOf(service), undefined, 10)).map(({ itemId }) => itemId)).toEqual(['b'])
      expect(await similarItems(listsOf(service), 'b', 10)).toEqual([])
      expect(await similarItems(listsOf(service), 'a', 10)).toEqual([])

      for (const userId of users(2, 'new')) await ingest.record([view(userId, 'b'), view(userId, 'a')])
      expect(await viewsOf(service, 'a')).toBe(2)
      const trending = await trendingItems(listsOf(service), undefined, 10)
      expect(trending.map(({ itemId, score }) => [itemId, Math.round(score)])).toEqual([
        ['b', 7],
        ['a', 2],
      ])
      expect((await similarItems(listsOf(service), 'b', 10)).map(({ itemId }) => itemId)).toEqual(['a'])
      expect((await similarItems(listsOf(service), 'a', 10)).map(({ itemId }) => itemId)).toEqual(['b'])
    })

    it('keeps at most one former life in the store, however often a feed deletes it and adds it again', async () => {
      const service = await open()
      await add(service, 'a')
      const drop = vi.spyOn(service.store, 'dropSums')
      for (let night = 1; night <= 3; night++) {
        await service.ingest.record([view('ann', 'a'), view('bob', 'a')])
        await service.store.settle()
        await readd(service, 'a')
      }
      const dropped = drop.mock.calls.flatMap(([entities]) => entities)
      expect(dropped).toHaveLength(2)
      const { data } = await service.store.readRows('item', dropped)
      expect(data.every((sum) => sum === 0)).toBe(true)
    })
  })

  it('each life of each item counts exactly the events that were recorded in it', { timeout: PROPERTY_MS }, async () => {
    const command = fc.record({
      kind: fc.constantFrom('view', 'view', 'view', 'delete', 'add', 'pause'),
      itemId: fc.constantFrom('a', 'b'),
      userId: fc.constantFrom('ann', 'bob', 'cid'),
    })
    await checkProperty(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        const service = await open()
        try {
          const model = new Map<string, { views: number; isDeleted: boolean }>()
          for (const { kind, itemId, userId } of commands) {
            const held = model.get(itemId) ?? { views: 0, isDeleted: false }
            if (kind === 'view') {
              await service.ingest.record([view(userId, itemId)])
              model.set(itemId, { ...held, views: held.views + 1 })
            } else if (kind === 'delete') {
              const { accepted } = await service.uploads.deleteItems([itemId])
              if (accepted > 0) model.set(itemId, { ...held, isDeleted: true })
            } else {
              await service.uploads.upsertItems([{ itemId, attributes: {}, available: kind === 'add' }])
              model.set(itemId, held.isDeleted ? { views: 0, isDeleted: false } : held)
            }
          }
          for (const [itemId, { views }] of model) expect(await viewsOf(service, itemId)).toBe(views)
        } finally {
          await service.close()
        }
      }),
      15,
    )
  })
})

onRedis('an item that one process deletes and adds again while others record events', (open) => {
  it('counts events after the upload, none from before the deletion, and those in between at most once', async () => {
    const one = await open()
    const { prefix, clock } = one
    const two = await open({ prefix, clock, random: seededRandomness(2) })
    await add(one, 'a')
    await eventually(() => expect(two.catalogue.get('a')).toBeDefined())
    for (let round = 1; round <= 3; round++) {
      const record = (prefix: string, count: number) =>
        Promise.all(users(count, prefix).map((userId, n) => [one, two][n % 2].ingest.record([view(userId, 'a')])))
      await record(`before${round}-`, 20)
      const during = record(`during${round}-`, 20)
      await readd(one, 'a')
      await during
      await eventually(() => expect(two.catalogue.get('a')?.life).toBe(round))
      await record(`after${round}-`, 7)
      const found = await Promise.all([one, two].map((service) => viewsOf(service, 'a')))
      expect(found[0]).toBe(found[1])
      expect(found[0]).toBeGreaterThanOrEqual(7)
      expect(found[0]).toBeLessThanOrEqual(27)
    }
  })
})

/** The number of the latest snapshot that is whole; 0 if there is none. */
async function latestSnapshot(dataDir: string): Promise<number> {
  const names = await readdir(dataDir)
  return Math.max(0, ...names.flatMap((name) => /^snapshot-(\d+)$/.exec(name)?.[1] ?? []).map(Number))
}

describe('the lives of items', () => {
  it.each([
    ['the journal', 0],
    ['a snapshot', 1e-6],
  ])('come back from %s, with their sums', async (_, snapshotEvery) => {
    const dataDir = await temporaryDirectory()
    const before = await openOn(undefined, { dataDir, archiveDir: '', snapshotEvery, domain: UNLIMITED })
    await add(before, 'a', 'b')
    for (const userId of users(4)) await before.ingest.record([view(userId, 'b'), view(userId, 'a')])
    await readd(before, 'a')
    await before.ingest.record([view('ann', 'a')])
    await readd(before, 'a')
    await before.ingest.record([view('ann', 'b'), view('ann', 'a'), view('bob', 'a')])
    await before.close()
    const after = await openOn(undefined, { dataDir, archiveDir: '', clock: before.clock })
    expect(after.catalogue.get('a')?.life).toBe(2)
    expect([await viewsOf(after, 'a'), await viewsOf(after, 'b')]).toEqual([2, 5])
    expect((await similarItems(listsOf(after), 'b', 10)).map(({ itemId }) => itemId)).toEqual(['a'])
    expect(after.warnings).toEqual([])
  })

  it('keep in a snapshot the sums that they gained before the item was read again', async () => {
    const dataDir = await temporaryDirectory()
    const before = await openOn(undefined, { dataDir, archiveDir: '', snapshotEvery: 1e-6, domain: UNLIMITED })
    await add(before, 'a', 'b')
    for (const userId of users(4)) await before.ingest.record([view(userId, 'a')])
    await readd(before, 'a')
    for (const userId of users(4)) await before.ingest.record([view(userId, 'b')])
    expect((await similarItems(listsOf(before), 'a', 10)).map(({ itemId }) => itemId)).toEqual(['b'])
    // The second snapshot from here on began after the gains.
    const first = await latestSnapshot(dataDir)
    await eventually(async () => {
      await before.ingest.record([view('later', 'b')])
      expect(await latestSnapshot(dataDir)).toBeGreaterThanOrEqual(first + 2)
    })
    await before.close()
    const after = await openOn(undefined, { dataDir, archiveDir: '', clock: before.clock })
    expect((await similarItems(listsOf(after), 'a', 10)).map(({ itemId }) => itemId)).toEqual(['b'])
  })
})
