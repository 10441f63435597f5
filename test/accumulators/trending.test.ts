import { describe, expect, it } from 'vitest'
import { TRENDING } from '../../src/accumulators/item-activity.ts'
import { decayedValue } from '../../src/state/decay.ts'
import { attributeKey, SHOP } from '../../src/state/slots.ts'
import { DAY } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

async function list(shop: Shop, entity: string): Promise<[string, number][]> {
  const { store, clock } = shop.service
  const [{ members, scores, epoch }] = await store.readSets([{ entity, set: TRENDING, limit: 10 }])
  return members.map((member, i) => [member, Math.round(decayedValue(scores[i], epoch, clock.now(), DAY) * 1e6) / 1e6])
}

describe('trending lists', () => {
  it('have items by event weight, decayed with a half-life of a day: of the shop, the categories and the surfaces', async () => {
    const shop = await Shop.open()
    await shop.upsert('i1', { category: 'shoes' })
    await shop.upsert('i2', { category: ['shoes', 'hats'] })
    await shop.record({ eventType: 'purchase', itemId: 'i1' })
    shop.clock.advance(DAY)
    await shop.record({ eventType: 'add_to_cart', itemId: 'i2', eventAttributes: { surface: 'home' } })
    await shop.view('i3')
    await shop.record({ eventType: 'impression', itemId: 'i4', eventAttributes: { surface: 'home' } })
    expect(await list(shop, SHOP)).toEqual([
      ['i2', 6],
      ['i1', 1.5],
      ['i3', 1],
    ])
    expect(await list(shop, attributeKey('category', 'shoes'))).toEqual([
      ['i2', 6],
      ['i1', 1.5],
    ])
    expect(await list(shop, attributeKey('category', 'hats'))).toEqual([['i2', 6]])
    expect(await list(shop, attributeKey('surface', 'home'))).toEqual([['i2', 6]])
  })
})
