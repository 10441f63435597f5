import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Random } from '../../../lab/random.ts'
import { examination } from '../../../lab/simulation/examination.ts'
import { openSession } from '../../../lab/simulation/session.ts'
import { createShop, DAY_MS } from '../../../lab/simulation/shop.ts'
import { appeal, createShoppers } from '../../../lab/simulation/shopper.ts'
import { createMemory } from '../../../lab/simulation/shopper-memory.ts'
import { expectedClicks, idealSlate } from '../../../lab/simulation/true-gain.ts'

const startsAt = Date.UTC(2026, 0, 5)
const shop = createShop({ seed: 1, startsAt })
const shoppers = createShoppers(shop, { seed: 1, count: 20 })
const at = startsAt + 3 * DAY_MS
const arrived = shop.truth.filter(({ arrivesAt }) => arrivesAt <= at).map(({ itemId }) => itemId)

it('adds up examination times appeal', () => {
  const [shopper] = shoppers
  const session = openSession({ shop, shopper: shopper!, memory: createMemory(), seed: 1, visit: 1, at })
  const [first, second] = shop.truth
  const by = (position: number): number => examination('home', position, shopper!.patience)
  expect(expectedClicks(shop, shopper!, session, 'home', [first!.itemId, 'not-ours', second!.itemId])).toBeCloseTo(
    by(1) * appeal(shopper!, first!, session) + by(3) * appeal(shopper!, second!, session),
  )
})

it('gives no slate a higher gain than the ideal one', () => {
  fc.assert(
    fc.property(fc.constantFrom(...shoppers), fc.integer(), (shopper, seed) => {
      const session = openSession({ shop, shopper, memory: createMemory(), seed: 1, visit: 1, at })
      const ideal = idealSlate(shop, shopper, session, { first: 12 })
      const another = new Random(seed).shuffle(arrived).slice(0, 12)
      const reordered = new Random(seed).shuffle(ideal)
      const worth = (itemIds: string[]): number => expectedClicks(shop, shopper, session, 'home', itemIds)
      expect(worth(another)).toBeLessThanOrEqual(worth(ideal))
      expect(worth(reordered)).toBeLessThanOrEqual(worth(ideal) + 1e-12)
    }),
  )
})

it('considers only items that the request allows and that have arrived', () => {
  const [shopper] = shoppers
  const session = openSession({ shop, shopper: shopper!, memory: createMemory(), seed: 1, visit: 1, at: startsAt })
  const anchorItemId = shop.listing(2)[0]!.itemId
  const ideal = idealSlate(shop, shopper!, session, { first: 500, category: shop.categories[2]!, anchorItemId })
  const allowed = shop.truth.filter((item) => item.category === 2 && item.arrivesAt <= startsAt && item.itemId !== anchorItemId)
  expect(new Set(ideal)).toEqual(new Set(allowed.map(({ itemId }) => itemId)))
})
