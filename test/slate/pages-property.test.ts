import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Rules } from '../../src/rules/rules.ts'
import { checkProperty } from '../support/check-property.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { exploring } from '../support/exploring.ts'
import { asker } from '../support/server.ts'
import { itemIds, RECOMMEND, slateOf } from '../support/slate-answer.ts'

const ITEMS = Array.from({ length: 30 }, (_, n) => `i${n}`)
const itemId = fc.constantFrom(...ITEMS)

const rules: fc.Arbitrary<Rules> = fc.record(
  {
    exclude: fc.array(itemId, { maxLength: 3 }),
    // At the top of each page, among others.
    pin: fc.uniqueArray(itemId, { maxLength: 2 }).map((ids) => ids.map((id, n) => ({ itemId: id, position: n + 1 }))),
    limitPer: fc.constant([{ attribute: 'brand', limit: 2 }]),
    diversity: fc.constantFrom(0, 0.5),
    excludeSeen: fc.boolean(),
  },
  { requiredKeys: [] },
)

/** What happens before a page is asked for, and the page. */
const step = fc.record({
  views: fc.array(fc.tuple(fc.constantFrom('me', 'you'), itemId), { maxLength: 2 }),
  deletes: fc.option(itemId, { nil: undefined, freq: 6 }),
  anchorItemIds: fc.uniqueArray(itemId, { maxLength: 1 }),
  first: fc.integer({ min: 2, max: 7 }),
  surface: fc.constantFrom('home', 'search'),
  rules,
  /** 1: the user went back to the page before the last. */
  back: fc.constantFrom(0, 0, 1),
  minutes: fc.integer({ min: 0, max: 14 }),
})

const scene = fc.record({
  groups: fc.array(fc.constantFrom(undefined, 'g1', 'g2', 'g3'), { minLength: ITEMS.length, maxLength: ITEMS.length }),
  steps: fc.array(step, { minLength: 2, maxLength: 9 }),
  chance: fc.constantFrom({ share: 0, randomised: 0 }, { share: 1, randomised: 0 }, { share: 0, randomised: 1 }),
})

bothStoresWhenLong((open, store) => {
  it('no chain of pages shows an item twice, or two variants of one product', async () => {
    const property = fc.asyncProperty(scene, async ({ groups, steps, chance }) => {
      const service = await open({ domain: exploring({ position: 2, ...chance }), explores: true, dataDir: null })
      const attributesOf = (n: number) => ({ brand: `b${n % 4}`, ...(groups[n] && { item_group_id: groups[n] }) })
      await service.uploads.upsertItems(ITEMS.map((id, n) => ({ itemId: id, attributes: attributesOf(n) })))
      const ask = asker(service)
      /** Each page, with the items of its chain. */
      const pages: { id: string; chain: string[] }[] = []
      const deleted = new Set<string>()
      for (const { views, deletes, back, minutes, ...asked } of steps) {
        service.clock.advance(minutes * 60_000)
        await service.ingest.record(views.map(([userId, id]) => ({ userId, eventType: 'view', itemId: id })))
        if (deletes !== undefined) await service.uploads.deleteItems([deletes])
        if (deletes !== undefined) deleted.add(deletes)
        await service.store.settle()
        // Even the page before the last is at most 28 minutes old.
        const before = pages.at(-1 - Math.min(back, pages.length - 1))
        const slate = slateOf(await ask(RECOMMEND, { input: { userId: 'me', ...asked, afterSlate: before?.id } }))
        expect(slate.warnings.map(({ code }) => code)).not.toContain('AFTER_UNKNOWN')
        const chain = [...(before?.chain ?? []), ...itemIds(slate)]
        expect(new Set(chain).size).toBe(chain.length)
        // Of a deleted item, nothing says any more of which product it was.
        const products = chain.flatMap((id) => (deleted.has(id) ? [] : (groups[ITEMS.indexOf(id)] ?? [])))
        expect(new Set(products).size).toBe(products.length)
        pages.push({ id: slate.recommendationId, chain })
      }
      await service.close()
    })
    await checkProperty(property, store === 'embedded' ? 60 : 15)
  })
})
