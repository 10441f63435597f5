import { describe, expect, it, vi } from 'vitest'
import { DAY, SECOND } from '../../src/time-units.ts'
import { bothStores, onRedis } from '../support/each-store.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { START } from '../support/settable-clock.ts'

async function fill(service: OpenedService): Promise<void> {
  const { uploads, ingest, store } = service
  await uploads.upsertItems([
    { itemId: 'i1', attributes: { brand: 'acme', price: 10 } },
    { itemId: 'i2', attributes: { brand: 'bolt', price: 20 } },
    { itemId: 'i3', attributes: { brand: 'acme' } },
  ])
  await uploads.deleteItems(['i3'])
  const on = { surface: 'home' }
  await ingest.record([
    { eventId: 'e1', userId: 'ann', itemId: 'i1', eventType: 'view', eventAttributes: on },
    { eventId: 'e2', userId: 'ann', itemId: 'i1', eventType: 'add_to_cart' },
    { eventId: 'e3', userId: 'bob', itemId: 'i2', eventType: 'view' },
    { eventId: 'e4', userId: 'bob', itemId: 'i2', eventType: 'impression', eventAttributes: { ...on, position: 2 } },
    { eventId: 'e5', userId: 'cid', itemId: 'i3', eventType: 'view' },
  ])
  await store.settle()
}

bothStores((open) => {
  describe('a snapshot', () => {
    it('of items contains those of the catalogue at its moment', async () => {
      const service = await open()
      await fill(service)
      const { asOf, keys, columns } = await service.snapshots.items()
      expect(asOf).toBe(START)
      expect(keys).toEqual(['i1', 'i2'])
      expect([...columns.get('item_views')!]).toEqual([1, 1])
      expect([...columns.get('item_price')!]).toEqual([10, 20])
      expect(columns.has('pair_views')).toBe(false)
      expect(columns.has('brand_ctr_7d')).toBe(false)
    })

    it('of users contains those whose state has not expired', async () => {
      const service = await open()
      await fill(service)
      await service.uploads.upsertUsers([
        { userId: 'bob', attributes: { age: 3 } },
        { userId: 'dan', attributes: { age: 4 } },
      ])
      const events = async () => {
        const { keys, columns } = await service.snapshots.users()
        return Object.fromEntries(keys.map((userId, row) => [userId, columns.get('user_events')![row]]))
      }
      expect(await events()).toEqual({ ann: 2, bob: 1, cid: 1 })
      service.clock.advance(60 * DAY)
      await service.ingest.record([{ userId: 'ann', eventType: 'search' }])
      service.clock.advance(30 * DAY + 1)
      expect(await events()).toEqual({ ann: 3 })
    })

    it('of users contains a user with several ids once, and nobody who has opted out', async () => {
      const service = await open()
      await fill(service)
      await service.people.merge('cid', 'bob')
      expect((await service.snapshots.users()).keys.toSorted()).toEqual(['ann', 'bob'])
      await service.uploads.upsertUsers([{ userId: 'ann', optOut: true, attributes: {} }])
      service.clock.advance(5 * SECOND)
      expect((await service.snapshots.users()).keys).toEqual(['bob'])
    })

    it('of attribute values contains those of the catalogue, the domain and the surfaces', async () => {
      const service = await open()
      await fill(service)
      const brands = await service.snapshots.values('brand')
      expect([...brands.keys].sort()).toEqual(['acme', 'bolt'])
      const of = (value: string) => brands.columns.get('brand_popularity_1d')![brands.keys.indexOf(value)]
      expect([of('acme'), of('bolt')]).toEqual([expect.closeTo(8, 8), expect.closeTo(1, 8)])
      const surfaces = await service.snapshots.values('surface')
      expect(surfaces.keys).toEqual(service.domain.surfaces)
      expect(surfaces.columns.get('surface_views_7d')![surfaces.keys.indexOf('home')]).toBeCloseTo(1, 9)
      const positions = await service.snapshots.values('position')
      expect(positions.keys).toContain('home#20')
      expect(positions.columns.get('position_impressions_7d')![positions.keys.indexOf('home#2')]).toBeCloseTo(1, 9)
      expect(positions.columns.get('position_impressions_7d')![positions.keys.indexOf('home#1')]).toBeNaN()
    })

    it('is read once for all who ask within five seconds, and again after them', async () => {
      const service = await open()
      await fill(service)
      const reads = vi.spyOn(service.store, 'readRows')
      const [first, second] = await Promise.all([service.snapshots.items(), service.snapshots.items()])
      expect(second).toBe(first)
      expect(reads.mock.calls.filter(([kind]) => kind === 'item')).toHaveLength(1)
      service.clock.advance(5 * SECOND - 1)
      expect(await service.snapshots.items()).toBe(first)
      service.clock.advance(1)
      const third = await service.snapshots.items()
      expect([first.asOf, third.asOf]).toEqual([START, START + 5 * SECOND])
    })

    it('that could not be read is tried again at the next request', async () => {
      const service = await open()
      await fill(service)
      vi.spyOn(service.store, 'readRows').mockRejectedValueOnce(new Error('away'))
      await expect(service.snapshots.values('brand')).rejects.toThrow('away')
      expect((await service.snapshots.values('brand')).keys).toHaveLength(2)
    })
  })
})

describe('a snapshot of many', () => {
  it('reads a large catalogue and all its users in part, each in pieces', async () => {
    const service = await openOn(undefined, { dataDir: null })
    const items = Array.from({ length: 20_001 }, (_, i) => ({ itemId: `i${i}`, attributes: { brand: `b${i}`, price: i } }))
    await service.uploads.upsertItems(items)
    const brands = ['b1', 'b1500', 'b15000']
    await service.ingest.record(brands.map((brand) => ({ userId: 'ann', itemId: `i${brand.slice(1)}`, eventType: 'view' })))
    const reads = vi.spyOn(service.store, 'readRows')
    const { keys, columns } = await service.snapshots.items()
    expect(keys).toHaveLength(20_000)
    expect(new Set(keys).size).toBe(20_000)
    expect(keys.every((itemId, row) => columns.get('item_price')![row] === Number(itemId.slice(1)))).toBe(true)
    const values = await service.snapshots.values('brand')
    expect(values.keys).toHaveLength(10_000)
    const views = values.columns.get('brand_views_7d')!
    expect(values.keys.filter((_, row) => views[row] > 0).sort()).toEqual(brands)
    for (const [, entities] of reads.mock.calls) expect(entities.length).toBeLessThanOrEqual(1001)
  })
})

onRedis('snapshots of one state', (openOnRedis) => {
  it('are equal in both stores', async () => {
    const [embedded, redis] = [await openOn(undefined, { dataDir: null }), await openOnRedis()]
    for (const service of [embedded, redis]) {
      await fill(service)
      const events = Array.from({ length: 500 }, (_, i) => ({
        eventId: `m${i}`,
        userId: `u${i % 90}`,
        itemId: `i${i % 3}`,
        eventType: ['view', 'impression', 'click', 'purchase'][i % 4],
        eventAttributes: { surface: 'home', position: 1 + (i % 5), device: i % 2 ? 'ios' : 'tv' },
      }))
      // One by one, so that each impression sees the rates of its position after the same events in both stores.
      for (const event of events) {
        await service.ingest.record([event])
        await service.store.settle()
      }
    }
    for (const read of [
      (service: OpenedService) => service.snapshots.items(),
      (service: OpenedService) => service.snapshots.users(),
      ...['brand', 'surface', 'position'].map((attribute) => (service: OpenedService) => service.snapshots.values(attribute)),
    ]) {
      const [expected, actual] = [await read(embedded), await read(redis)]
      expect({ asOf: actual.asOf, keys: actual.keys }).toEqual({ asOf: expected.asOf, keys: expected.keys })
      expect(expected.keys.length).toBeGreaterThan(1)
      for (const [name, values] of expected.columns) {
        expect(actual.columns.get(name)!.length, name).toBe(values.length)
        values.forEach((value, row) => {
          const wanted = Number.isNaN(value) ? Number.NaN : expect.closeTo(value, 9)
          expect(actual.columns.get(name)![row], `${name} of ${expected.keys[row]}`).toEqual(wanted)
        })
      }
    }
  })
})
