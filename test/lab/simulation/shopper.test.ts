import { describe, expect, it } from 'vitest'
import { createShop, DAY_MS } from '../../../lab/simulation/shop.ts'
import { type AppealContext, appeal, createShoppers } from '../../../lab/simulation/shopper.ts'
import { createMemory } from '../../../lab/simulation/shopper-memory.ts'

const startsAt = Date.UTC(2026, 0, 5)
const shop = createShop({ seed: 1, startsAt })
const shoppers = createShoppers(shop, { seed: 1, count: 100 })
const [shopper] = shoppers
const item = shop.truth.find(({ consumable, bursts }) => !consumable && bursts.length === 0)!
const consumable = shop.truth.find((each) => each.consumable && each.bursts.length === 0)!
const context = (): AppealContext => ({ focus: new Set(), wanted: new Set(), memory: createMemory(), at: startsAt + DAY_MS })

describe('createShoppers', () => {
  it('makes the same n-th shopper whatever the count is', () => {
    expect(createShoppers(shop, { seed: 1, count: 10 })).toEqual(shoppers.slice(0, 10))
    expect(createShoppers(shop, { seed: 2, count: 10 })).not.toEqual(shoppers.slice(0, 10))
  })

  it('gives each a few favourite categories', () => {
    const favourite = shoppers.map(({ categories }) => {
      expect(categories.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1)
      return Math.max(...categories)
    })
    expect(favourite.reduce((sum, share) => sum + share, 0) / favourite.length).toBeGreaterThan(0.3)
  })
})

describe('appeal', () => {
  it('is a probability for every shopper and item', () => {
    for (const each of shoppers) {
      for (const truth of shop.truth) {
        const probability = appeal(each, truth, context())
        expect(probability > 0 && probability < 1).toBe(true)
      }
    }
  })

  it('is higher in a category that is liked, and in one that the visit is about', () => {
    const favourite = shopper!.categories.indexOf(Math.max(...shopper!.categories))
    const least = shopper!.categories.indexOf(Math.min(...shopper!.categories))
    const liked = appeal(shopper!, { ...item, category: favourite }, context())
    expect(liked).toBeGreaterThan(appeal(shopper!, { ...item, category: least }, context()))
    expect(appeal(shopper!, { ...item, category: favourite }, { ...context(), focus: new Set([favourite]) })).toBeGreaterThan(
      liked,
    )
  })

  it('rises with quality, and when something that goes with it is in the cart', () => {
    const plain = appeal(shopper!, item, context())
    expect(appeal(shopper!, { ...item, quality: item.quality + 1 }, context())).toBeGreaterThan(plain)
    expect(appeal(shopper!, item, { ...context(), wanted: new Set([item.itemId]) })).toBeGreaterThan(plain)
  })

  it('is highest at the price level of the shopper', () => {
    const at = (priceLevel: number): number => appeal(shopper!, { ...item, priceLevel }, context())
    expect(at(shopper!.priceLevel)).toBeGreaterThan(at(shopper!.priceLevel - 0.5))
    expect(at(shopper!.priceLevel)).toBeGreaterThan(at(shopper!.priceLevel + 0.5))
  })

  it('falls with each impression without a click by the configured share, and recovers within days', () => {
    const fresh = appeal(shopper!, item, context())
    const shown = context()
    shown.memory.shown.set(item.itemId, { times: 2, at: shown.at })
    expect(appeal(shopper!, item, shown)).toBeCloseTo(fresh * (1 - shopper!.fatigue) ** 2)
    expect(appeal(shopper!, item, { ...shown, at: shown.at + 30 * DAY_MS })).toBeCloseTo(fresh, 4)
  })

  it('falls for an item that was bought, unless the item is used up and bought again', () => {
    const owning = context()
    for (const { itemId } of [item, consumable]) owning.memory.owned.add(itemId)
    const loyal = { ...shopper!, rebuys: true }
    expect(appeal(loyal, item, owning)).toBeLessThan(appeal(loyal, item, context()))
    expect(appeal(loyal, consumable, owning)).toBeGreaterThan(appeal(loyal, consumable, context()))
    expect(appeal({ ...loyal, rebuys: false }, consumable, owning)).toBeLessThan(appeal(loyal, consumable, context()))
  })
})
