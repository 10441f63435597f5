import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createShop, DAY_MS, trend } from '../../../lab/simulation/shop.ts'

const startsAt = Date.UTC(2026, 0, 5)

describe('createShop', () => {
  it('makes the same shop from the same seed, and another from another', () => {
    const { items, truth } = createShop({ seed: 1, startsAt })
    const again = createShop({ seed: 1, startsAt })
    expect(again.items).toEqual(items)
    expect(again.truth).toEqual(truth)
    expect(createShop({ seed: 2, startsAt }).items).not.toEqual(items)
  })

  it('makes the same catalogue at any time', () => {
    const early = createShop({ seed: 1, startsAt: 0 })
    const late = createShop({ seed: 1, startsAt })
    expect(late.items).toEqual(early.items)
    expect(late.truth.map(({ arrivesAt }) => arrivesAt - startsAt)).toEqual(early.truth.map(({ arrivesAt }) => arrivesAt))
  })

  it('is complete and consistent for every size', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 16 }), (seed, items, categories) => {
        const shop = createShop({ seed, startsAt, items, categories, days: 10 })
        expect(shop.items.length).toBe(items)
        expect(new Set(shop.items.map(({ itemId }) => itemId)).size).toBe(items)
        expect(new Set(shop.items.map(({ attributes }) => attributes.title)).size).toBe(items)
        for (const [index, item] of shop.items.entries()) {
          const truth = shop.truth[index]!
          expect(shop.truthOf(item.itemId)).toBe(truth)
          expect(item.attributes).toEqual({
            title: item.attributes.title,
            category: shop.categories[truth.category],
            brand: shop.brands[truth.brand],
            price: truth.price,
          })
          expect(item.attributes.price).toBeGreaterThan(0)
          expect(truth.arrivesAt).toBeGreaterThanOrEqual(startsAt)
          expect(truth.arrivesAt).toBeLessThan(startsAt + 10 * DAY_MS)
          for (const other of truth.complements) {
            expect(shop.truthOf(other)!.category).not.toBe(truth.category)
            expect(shop.truthOf(other)!.complements.has(item.itemId)).toBe(true)
          }
        }
        const listed = shop.categories.flatMap((_, category) => shop.listing(category))
        expect(new Set(listed)).toEqual(new Set(shop.truth))
      }),
      { numRuns: 25 },
    )
  })

  it('has new items, complements, and passing demand', () => {
    const { truth } = createShop({ seed: 1, startsAt })
    const late = truth.filter(({ arrivesAt }) => arrivesAt > startsAt).length
    expect(late / truth.length).toBeGreaterThan(0.1)
    expect(late / truth.length).toBeLessThan(0.3)
    expect(truth.filter(({ complements }) => complements.size > 0).length / truth.length).toBeGreaterThan(0.8)
    const item = truth.find(({ bursts }) => bursts.length === 1)!
    const [burst] = item.bursts
    expect(trend(item, burst!.startsAt - 1)).toBe(0)
    expect(trend(item, (burst!.startsAt + burst!.endsAt) / 2)).toBeCloseTo(burst!.strength)
    expect(trend(item, burst!.endsAt + 1)).toBe(0)
  })

  it('refuses too many categories, and a shop without items', () => {
    expect(() => createShop({ seed: 1, startsAt, categories: 17 })).toThrow('1 to 16 categories')
    expect(() => createShop({ seed: 1, startsAt, items: 0 })).toThrow('at least one item')
  })
})
