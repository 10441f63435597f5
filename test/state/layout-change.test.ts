import { describe, expect, it } from 'vitest'
import type { Accumulator } from '../../src/accumulators/accumulator.ts'
import { itemCounts } from '../../src/accumulators/item-activity.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { attributeKey, itemKey, SHOP, sum } from '../../src/state/slots.ts'
import { tablePart } from '../../src/state/user-value.ts'
import { isCompacted } from '../support/compacted.ts'
import { bothStores } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import type { OpenedService, ServiceOptions } from '../support/service.ts'
import { snapshot } from '../support/state-snapshot.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const SEEN = sum('item', 'seen_by_newcomer')
const SHOP_WIDE = sum('attribute', 'seen_by_newcomer')
const LATEST = tablePart('newcomer', 1, { item: 'text' })

/** Takes slots of both kinds and a part of the user's value. */
const newcomer: Accumulator = {
  name: 'newcomer',
  entity: 'ITEM',
  description: 'Counts events.',
  roles: [],
  parts: [LATEST],
  slots: [SEEN, SHOP_WIDE],
  reduce: ({ facts, user, increments }) => {
    for (const { itemId } of facts.items) {
      increments.add(SEEN, itemKey(itemId), 1)
      increments.add(SHOP_WIDE, SHOP, 1)
      user.get(LATEST).item.unshift(itemId)
    }
  },
  merge: (into, from) => void into.get(LATEST).item.push(...from.get(LATEST).item),
  features: [],
}

const inFront: Domain = { ...eCommerce, accumulators: [newcomer, ...eCommerce.accumulators] }
const withoutCounts: Domain = { ...inFront, accumulators: inFront.accumulators.filter((one) => one !== itemCounts) }

bothStores((open, store) => {
  describe('a layout that changes between two starts', () => {
    const ways = store === 'embedded' ? ['by the journal', 'by snapshots'] : ['there']
    it.each(ways)('keeps every sum by its name, %s', async (way) => {
      const snapshotEvery = way === 'by snapshots' ? 1e-6 : 0
      const place: ServiceOptions =
        store === 'embedded' ? { dataDir: await temporaryDirectory(), snapshotEvery } : { prefix: 'layout' }
      let clock: OpenedService['clock'] | undefined
      const start = async (domain: Domain) => {
        const service = await open({ ...place, domain, ...(clock && { clock }) })
        clock = service.clock
        if (way === 'by snapshots') {
          await eventually(async () => expect(await isCompacted(place.dataDir!)).toBe(true))
        }
        return service
      }
      const view = async (service: OpenedService, eventId: string) => {
        const [{ status }] = await service.ingest.record([{ eventId, userId: 'ann', itemId: 'i1', eventType: 'view' }])
        expect(status).toBe('RECORDED')
        await service.store.settle()
      }
      const figure = async (service: OpenedService, name: string, entity = itemKey('i1')) => {
        const { rows, layout } = await snapshot(service, [])
        return rows[entity][layout.names[entity.startsWith('item:') ? 'item' : 'attribute'].indexOf(name)]
      }
      const popularity = `popularity@${7 * 24 * 3600_000}`

      const first = await start(eCommerce)
      await first.uploads.upsertItems([{ itemId: 'i1', attributes: { category: 'shoes', price: 20 } }])
      await view(first, 'e1')
      await view(first, 'e2')
      const [oneView, trending] = [(await figure(first, popularity)) / 2, (await snapshot(first, [])).sets[`trending of ${SHOP}`]]
      await first.close()

      const second = await start(withoutCounts)
      expect(await figure(second, popularity)).toBe(2 * oneView)
      expect((await snapshot(second, [])).sets[`trending of ${SHOP}`]).toEqual(trending)
      await view(second, 'e3')
      expect(await figure(second, popularity)).toBe(3 * oneView)
      expect(await figure(second, popularity, attributeKey('category', 'shoes'))).toBe(3 * oneView)
      expect(await figure(second, SEEN.name)).toBe(1)
      expect(await figure(second, SHOP_WIDE.name, SHOP)).toBe(1)
      await second.close()

      const third = await start(eCommerce)
      expect(await figure(third, 'views')).toBe(2)
      expect(await figure(third, popularity)).toBe(3 * oneView)
      await view(third, 'e4')
      expect(await figure(third, 'views')).toBe(3)
      await third.close()

      const last = await start(inFront)
      expect(await figure(last, 'views')).toBe(3)
      expect(await figure(last, SEEN.name)).toBe(1)
      expect(await figure(last, popularity)).toBe(4 * oneView)
    })

    it('keeps the state of users for an accumulator that was removed', async () => {
      const place: ServiceOptions = store === 'embedded' ? { dataDir: await temporaryDirectory() } : { prefix: 'away' }
      const view = (service: OpenedService, eventId: string, itemId: string) =>
        service.ingest.record([{ eventId, userId: 'ann', itemId, eventType: 'view' }])
      const first = await open({ ...place, domain: inFront })
      await view(first, 'e1', 'i1')
      await first.close()
      const { clock } = first
      const second = await open({ ...place, domain: eCommerce, clock })
      await view(second, 'e2', 'i2')
      await second.close()
      const third = await open({ ...place, domain: inFront, clock })
      const { item } = (await readKnownUser(third, 'ann', clock.now())).user.get(LATEST)
      // The journal is reduced anew by the accumulators of now; what is in Redis stays as it was left.
      expect(item).toEqual(store === 'embedded' ? ['i2', 'i1'] : ['i1'])
    })
  })
})
