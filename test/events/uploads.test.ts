import { describe, expect, it } from 'vitest'
import { parseItem } from '../../src/catalogue/catalogue.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { decodeOfflineList } from '../../src/state/offline-list.ts'
import { decodeStamped } from '../../src/state/stamped-json.ts'
import { bothStores, onRedis } from '../support/each-store.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import type { OpenedService } from '../support/service.ts'
import { START } from '../support/settable-clock.ts'

async function listOf(service: OpenedService, id: string) {
  const [bytes] = await service.store.readValues([{ kind: 'list', id }])
  return bytes && decodeOfflineList(bytes)
}

bothStores((open) => {
  describe('uploaded items', () => {
    it('are merged key by key: null removes a key, and absent keys stay', async () => {
      const { uploads, catalogue } = await open()
      await uploads.upsertItems([{ itemId: 'i1', attributes: { category: 'shoes', price: 10, note: 'x' }, available: false }])
      await uploads.upsertItems([{ itemId: 'i1', attributes: { price: 12, note: null } }])
      expect(catalogue.get('i1')).toMatchObject({ attributes: { category: 'shoes', price: 12 }, available: false })
      expect(catalogue.declared('i1')).toEqual({ category: 'shoes', price: 12 })
      await uploads.upsertItems([{ itemId: 'i1', attributes: {}, available: true }])
      expect(catalogue.recommendable('i1')).toBe(true)
    })

    it('have the values of the later of two rows in one upload', async () => {
      const { uploads, catalogue } = await open()
      const rows = [1, 2, 3].map((price) => ({ itemId: 'i1', attributes: { price } }))
      expect(await uploads.upsertItems(rows)).toEqual({ accepted: 3, errors: [], warnings: [] })
      expect(catalogue.get('i1')?.attributes).toEqual({ price: 3 })
    })

    it('have the values of the later upload, even within a millisecond, and even if its signal arrives first', async () => {
      const { uploads, catalogue } = await open()
      await uploads.upsertItems([{ itemId: 'i1', attributes: { price: 1 } }])
      const earlier = catalogue.get('i1')!
      await uploads.upsertItems([{ itemId: 'i1', attributes: { price: 2 } }])
      catalogue.set('i1', earlier)
      expect(catalogue.get('i1')?.attributes).toEqual({ price: 2 })
    })

    it('name each bad row, and accept the rest', async () => {
      const { uploads, catalogue } = await open()
      const result = await uploads.upsertItems([
        { itemId: '', attributes: {} },
        { itemId: 'i1', attributes: { price: 1 } },
        { itemId: 'i2', attributes: { price: Number.NaN } },
        { itemId: 'i3', attributes: ['no object'] },
        { itemId: 'i4', attributes: { text: 'x'.repeat(8192) } },
      ])
      expect(result.accepted).toBe(1)
      expect(result.errors.map(({ index, field }) => [index, field])).toEqual([
        [0, 'itemId'],
        [2, 'attributes.price'],
        [3, 'attributes'],
        [4, 'attributes'],
      ])
      expect(catalogue.itemIds).toEqual(['i1'])
    })

    it('are refused when they grow too large together', async () => {
      const { uploads, catalogue } = await open()
      const half = 'x'.repeat(5000)
      await uploads.upsertItems([{ itemId: 'i1', attributes: { a: half } }])
      const { errors } = await uploads.upsertItems([{ itemId: 'i1', attributes: { b: half } }])
      expect(errors).toMatchObject([{ index: 0, field: 'attributes' }])
      expect(catalogue.get('i1')?.attributes).toEqual({ a: half })
    })

    it('that are deleted are gone until they are uploaded again', async () => {
      const { uploads, catalogue } = await open()
      await uploads.upsertItems([{ itemId: 'i1', attributes: { price: 1 } }])
      expect(await uploads.deleteItems(['i1', 'i1', 'unknown'])).toMatchObject({
        accepted: 1,
        errors: [
          { index: 1, code: 'NOT_FOUND' },
          { index: 2, code: 'NOT_FOUND' },
        ],
      })
      expect([catalogue.get('i1'), catalogue.recommendable('i1'), catalogue.itemIds]).toEqual([undefined, false, []])
      const { accepted, errors } = await uploads.upsertItems([
        { itemId: 'i1', attributes: { brand: 'acme' }, available: true },
        { itemId: 'i2', attributes: {} },
      ])
      expect([accepted, errors]).toEqual([2, []])
      expect(catalogue.get('i1')).toMatchObject({ attributes: { brand: 'acme' }, life: 1 })
      expect([catalogue.recommendable('i1'), catalogue.itemIds]).toEqual([true, ['i1', 'i2']])
    })
  })

  describe('uploaded users', () => {
    it('have their attributes merged, and a higher version', async () => {
      const service = await open()
      const { uploads } = service
      await uploads.upsertUsers([{ userId: 'ann', attributes: { segment: 'vip', age: 40 } }])
      const { user: before } = await readKnownUser(service, 'ann', START)
      expect(await uploads.upsertUsers([{ userId: 'ann', attributes: { age: null } }])).toEqual({
        accepted: 1,
        errors: [],
        warnings: [],
      })
      const { user: after } = await readKnownUser(service, 'ann', START)
      expect(after.attributes).toEqual({ segment: 'vip' })
      expect(after.version).toBeGreaterThan(before.version)
      expect(after.isNew).toBe(true)
    })
  })

  describe('uploaded lists', () => {
    it('are ordered by score, with the highest score of a repeated item, and replace the former list', async () => {
      const service = await open()
      const items = [
        { itemId: 'a', score: 1 },
        { itemId: 'b', score: 3 },
        { itemId: 'a', score: 2 },
      ]
      await service.uploads.uploadOfflineRecommendations([{ userId: 'ann', items: [{ itemId: 'old', score: 9 }] }])
      await service.uploads.uploadOfflineRecommendations([
        { userId: 'ann', items },
        { segment: 'vip', generatedAt: START - 5, items: [] },
      ])
      expect(await listOf(service, 'user:ann')).toEqual({ generatedAt: START, itemIds: ['b', 'a'], scores: [3, 2] })
      expect(await listOf(service, 'segment:vip')).toEqual({ generatedAt: START - 5, itemIds: [], scores: [] })
    })

    it('are for one user or one segment', async () => {
      const { uploads } = await open()
      const items = [{ itemId: 'a', score: 1 }]
      const { errors, accepted } = await uploads.uploadOfflineRecommendations([
        { items },
        { userId: 'ann', segment: 'vip', items },
        { userId: 'ann', items: [{ itemId: 'a', score: Number.NaN }] },
        { userId: 'ann', items: Array.from({ length: 1001 }, (_, n) => ({ itemId: `i${n}`, score: n })) },
      ])
      expect(accepted).toBe(0)
      expect(errors.map(({ field }) => field)).toEqual(['owner', 'owner', 'items.0.score', 'items'])
    })
  })
})

onRedis('items that two services upload at the same moment', (open) => {
  it('end in the same state in both processes, that of the later upload', async () => {
    const first = await open()
    const { prefix, clock } = first
    const second = await open({ prefix, clock, random: seededRandomness(2) })
    const services = [first, second]
    const heard = services.map(({ signals }) => {
      let signalled = 0
      let done: () => void
      const all = new Promise<void>((resolve) => {
        done = resolve
      })
      return signals.follow('item', () => (++signalled === 80 ? done() : undefined)).then(() => all)
    })
    await Promise.all(
      Array.from({ length: 80 }, (_, n) => services[n % 2].uploads.upsertItems([{ itemId: 'i1', attributes: { price: n } }])),
    )
    await Promise.all(heard)
    const [bytes] = await first.store.readValues([{ kind: 'item', id: 'i1' }])
    const { attributes } = parseItem(decodeStamped(bytes!))
    for (const { catalogue } of services) expect(catalogue.get('i1')?.attributes).toEqual(attributes)
  })
})
