import { describe, expect, it } from 'vitest'
import { attributeKey } from '../../src/state/slots.ts'
import { DAY } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'
import { REQUEST } from '../support/slate-request.ts'

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

  it('lets a click decay from the time of its impression', async () => {
    const shop = await Shop.open()
    await shop.record(shown('i1'))
    shop.clock.advance(DAY)
    await shop.record({ eventType: 'click', itemId: 'i1' })
    // The same part of the impression and of the click is left.
    expect(await shop.feature('item_ctr_7d')).toBeCloseTo(1, 6)
  })

  it('does not count a click later than a day after the impression', async () => {
    const shop = await Shop.open()
    await shop.record(shown('i1'), shown('i2'), { eventType: 'click', itemId: 'i2' })
    shop.clock.advance(DAY + 1)
    await shop.record({ eventType: 'click', itemId: 'i1' })
    // The shop: 1 click of 2, which both decayed; m = 20.
    const left = 0.5 ** (1 / 7)
    expect(await shop.feature('item_ctr_7d')).toBeCloseTo((0 + 20 / 2) / (left + 20), 6)
  })

  it('counts no click on what was not shown, and one click at most for each time that something was shown', async () => {
    const shop = await Shop.open()
    const click = { eventType: 'click', itemId: 'i1' }
    await shop.record(shown('i1'), shown('i2'), click, click, click, { ...click, itemId: 'i3' }, { ...click, userId: 'bob' })
    // The shop: 1 click of 2; m = 20.
    expect(await shop.features('item_ctr_7d', { itemIds: ['i1', 'i3'] })).toEqual([
      expect.closeTo((1 + 20 / 2) / (1 + 20), 6),
      expect.closeTo(1 / 2, 6),
    ])
  })

  it('counts a click on what was shown before the user was merged', async () => {
    const shop = await Shop.open()
    await shop.record({ ...shown('i1', 1), userId: 'guest' }, { ...shown('i2'), userId: 'ann' })
    await shop.service.people.merge('guest', 'ann')
    await shop.record({ eventType: 'click', itemId: 'i1' })
    // The shop: 1 click of 2; m = 20.
    expect(await shop.feature('item_ctr_7d')).toBeCloseTo((1 + 20 / 2) / (1 + 20), 6)
  })

  it('counts a click for the impression at the place that it names, and else for the latest one', async () => {
    const shop = await Shop.open()
    const click = (position?: number) => ({ ...shown('i1', position), eventType: 'click' })
    await shop.record(shown('i1', 1), shown('i1', 2), shown('i1', 3), click(1), click())
    const { store, accumulators } = shop.service
    const keys = [1, 2, 3].map((position) => attributeKey('position', `home#${position}`))
    const { width, data } = await store.readRows('attribute', keys)
    const column = accumulators.layout.names.attribute.indexOf(`shown_clicks@${7 * DAY}`)
    expect(keys.map((_, row) => Math.sign(data[row * width + column]))).toEqual([1, 0, 1])
  })

  it('counts clicks on the surfaces of the latest impressions, however many surfaces there are', async () => {
    const shop = await Shop.open()
    const on = (eventType: string, n: number) => ({ eventType, itemId: 'i1', eventAttributes: { surface: `s${n}`, position: 1 } })
    for (let n = 0; n < 40; n++) await shop.record(on('impression', n))
    for (const n of [0, 30]) await shop.record(on('click', n))
    const { store, accumulators } = shop.service
    const keys = [0, 30, 38, 39].map((n) => attributeKey('position', `s${n}#1`))
    const { width, data } = await store.readRows('attribute', keys)
    const column = accumulators.layout.names.attribute.indexOf(`shown_clicks@${7 * DAY}`)
    // The first surface is forgotten, so the click on it counts for the latest impression.
    expect(keys.map((_, row) => Math.sign(data[row * width + column]))).toEqual([0, 1, 0, 1])
  })

  it('counts no click on a later life of an item', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', {})
    await shop.record(shown('i1'), shown('i2'))
    await shop.service.uploads.deleteItems(['i1'])
    await shop.upsert('i1', {})
    await shop.record({ eventType: 'click', itemId: 'i1' }, shown('i1'))
    // The shop: no click of 3, so that 1/m = 0.0001.
    expect(await shop.feature('item_ctr_7d')).toBeCloseTo((0 + 1) / (1 + 10_000), 9)
  })

  it('counts a click for the surface and the position of its impression, wherever the user clicks', async () => {
    const shop = await Shop.open()
    await shop.record(shown('i1', 2), {
      eventType: 'click',
      itemId: 'i1',
      eventAttributes: { surface: 'item_page', position: 1 },
    })
    const { store, accumulators } = shop.service
    const keys = [attributeKey('surface', 'home'), attributeKey('position', 'home#2'), attributeKey('surface', 'item_page')]
    const { width, data } = await store.readRows('attribute', keys)
    const column = accumulators.layout.names.attribute.indexOf(`shown_clicks@${7 * DAY}`)
    const [surface, position, elsewhere] = keys.map((_, row) => data[row * width + column])
    expect(surface).toBeGreaterThan(0)
    expect([position, elsewhere]).toEqual([surface, 0])
  })

  it('counts one click of an event that names the position of its item twice', async () => {
    const shop = await Shop.open()
    const { ingest, recommender } = shop.service
    await shop.upsert('i1', {})
    await shop.view('i1')
    const { recommendationId, items } = await recommender.recommend({ ...REQUEST, userId: 'ann' }, 'INITIAL')
    expect(items[0].itemId).toBe('i1')
    for (const [eventType, positions] of [
      ['impression', [1]],
      ['click', [1, 1]],
    ] as const)
      await ingest.record([{ userId: 'ann', eventType, recommendationId, positions }])
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
    const column = accumulators.layout.names.attribute.indexOf(`shown@${7 * DAY}`)
    const [surface, first, second] = keys.map((_, row) => data[row * width + column])
    expect([surface / second, first / second]).toEqual([expect.closeTo(3, 9), expect.closeTo(2, 9)])
  })
})

describe('clicks over expected clicks', () => {
  it('count clicks of the same impressions that expect clicks', async () => {
    const shop = await Shop.open()
    const click = { eventType: 'click', itemId: 'i2' }
    // The shop: 1 click of 1, so that each further position expects a click.
    await shop.record(shown('i1', 1), { ...click, itemId: 'i1' })
    // One impression without a position, and one with it.
    await shop.record(shown('i2'), click, shown('i2', 1))
    expect(await shop.feature('item_coec_7d', 'i2')).toBeCloseTo((0 + 1) / (1 + 1), 6)
    await shop.record(click)
    expect(await shop.feature('item_coec_7d', 'i2')).toBeCloseTo((1 + 1) / (1 + 1), 6)
    // A click that follows from nothing.
    await shop.record(click)
    expect(await shop.feature('item_coec_7d', 'i2')).toBeCloseTo((1 + 1) / (1 + 1), 6)
  })

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
