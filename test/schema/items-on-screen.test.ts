import { expect, it } from 'vitest'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker } from '../support/server.ts'
import { itemIds, RECOMMEND, slateOf } from '../support/slate-answer.ts'

const CART = ['phone', 'camera']
const COMPLEMENTS = { phone: ['case', 'charger'], camera: ['lens', 'charger'] }

onEachStoreWhenLong('the items on screen', (open) => {
  it('put items first that go with several of them, and are not in the slate themselves', async () => {
    const service = await open()
    const items = [...CART, 'case', 'lens', 'charger', 'other']
    await service.uploads.upsertItems(items.map((itemId) => ({ itemId, attributes: {} })))
    for (const [itemId, complements] of Object.entries(COMPLEMENTS))
      for (const other of complements)
        for (const n of [1, 2, 3]) {
          const event = { userId: `${itemId}-${other}-${n}`, eventType: 'purchase' }
          await service.ingest.record([
            { ...event, itemId },
            { ...event, itemId: other },
          ])
        }
    await service.store.settle()
    const ask = asker(service)
    const slate = async (anchorItemIds: string[] | null) =>
      slateOf(await ask(RECOMMEND, { input: { userId: 'me', first: 6, surface: 'cart', anchorItemIds } }))
    const both = await slate(CART)
    expect(both.items[0]).toMatchObject({ item: { itemId: 'charger' } })
    expect(itemIds(both).slice(1, 3).sort()).toEqual(['case', 'lens'])
    expect(itemIds(both)).not.toEqual(expect.arrayContaining(['phone']))
    expect(itemIds(both)).not.toEqual(expect.arrayContaining(['camera']))
    const reasons = both.items.slice(0, 3).map(({ reason }) => reason.anchorItem?.itemId)
    expect(reasons.every((itemId) => itemId !== undefined && CART.includes(itemId))).toBe(true)
    // An item that is named twice counts once.
    expect(itemIds(await slate(['phone', 'camera', 'phone']))).toEqual(itemIds(both))
    expect(itemIds(await slate([]))).toEqual(itemIds(await slate(null)))
    expect(
      itemIds(await slate(['camera']))
        .slice(0, 2)
        .sort(),
    ).toEqual(['charger', 'lens'])
  })
})
