import { describe, expect, it } from 'vitest'
import { attributeKey } from '../../src/state/slots.ts'
import { DAY } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

const shown = (itemId: string, position?: number) => ({
  eventType: 'impression',
  itemId,
  eventAttributes: { surface: 'home', ...(position !== undefined && { position }) },
})

describe('the click rate of an item', () => {
  it('is smoothed towards that of the shop', async () => {
    const shop = await Shop.open()
    await shop.record(shown('i1'), shown('i2'), { eventType: 'click', itemId: 'i1' })
    // The shop: 1 click of 2; m = 20.
    expect(await shop.features('item_ctr_7d', { itemIds: ['i1', 'i2', 'new'] })).toEqual([
      expect.closeTo((1 + 20 / 2) / (1 + 20), 6),
      expect.closeTo((0 + 20 / 2) / (1 + 20), 6),
      expect.closeTo(1 / 2, 6),
    ])
  })

  it('is smoothed with 1/p0 impressions if clicks are rare', async () => {
    const shop = await Shop.open()
    for (let n = 0; n < 50; n++) await shop.record(shown('i2'))
    await shop.record({ eventType: 'click', itemId: 'i2' }, shown('i1'))
    // The shop: 1 click of 51; m = 51.
    expect(await shop.feature('item_ctr_7d')).toBeCloseTo((0 + 1) / (1 + 51), 6)
  })

  it('lets a click decay from the time of its impression, however late the click comes', async () => {
    const shop = await Shop.open()
    await shop.record(shown('i1'))
    shop.clock.advance(7 * DAY)
    await shop.record({ eventType: 'click', itemId: 'i1' })
    // Half an impression and half a click are left.
    expect(await shop.feature('item_ctr_7d')).toBeCloseTo(1, 6)
  })

  it('is missing while nothing was shown', async () => {
    const shop = await Shop.open()
    await shop.record({ eventType: 'click', itemId: 'i1' })
    expect(await shop.feature('item_ctr_7d')).toBeNaN()
  })

  it('is also kept for the surface and for each position', async () => {
    const shop = await Shop.open()
    await shop.record(shown('i1', 1), shown('i2', 2), shown('i3', 1))
    const { store, accumulators } = shop.service
    const keys = [attributeKey('surface', 'home'), attributeKey('position', 'home#1'), attributeKey('position', 'home#2')]
    const { width, data } = await store.readRows('attribute', keys)
    const column = accumulators.layout.names.attribute.indexOf(`impressions@${7 * DAY}`)
    const [surface, first, second] = keys.map((_, row) => data[row * width + column])
    expect([surface / second, first / second]).toEqual([expect.closeTo(3, 9), expect.closeTo(2, 9)])
  })
})

describe('clicks over expected clicks', () => {
  it('expect the click rate of the position as it stood when the item was shown', async () => {
    const shop = await Shop.open()
    await shop.record(shown('i1', 1), { eventType: 'click', itemId: 'i1', eventAttributes: { surface: 'home', position: 1 } })
    // Position 1 has 1 click of 1, as the shop has: (1 + 20)/(1 + 20).
    await shop.record(shown('i2', 1))
    // Position 2 has nothing; the shop has 1 of 2: (0 + 10)/(0 + 20).
    await shop.record(shown('i2', 2))
    expect(await shop.feature('item_coec_7d', 'i2')).toBeCloseTo((0 + 1) / (1 + 0.5 + 1), 6)
    await shop.record({ eventType: 'click', itemId: 'i2' })
    expect(await shop.feature('item_coec_7d', 'i2')).toBeCloseTo((1 + 1) / (1 + 0.5 + 1), 6)
  })

  it('are missing if the item was never shown at a known position', async () => {
    const shop = await Shop.open()
    await shop.record(shown('i1'), { eventType: 'click', itemId: 'i1' }, shown('i1'))
    expect(await shop.feature('item_coec_7d')).toBeNaN()
  })
})
