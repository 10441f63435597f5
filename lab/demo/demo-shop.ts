import { DAY } from '../../src/time-units.ts'
import { createShop } from '../simulation/shop.ts'
import type { ShopWithShoppers } from '../simulation/shop-with-shoppers.ts'
import { createShoppers } from '../simulation/shopper.ts'

/** Seed of all that is drawn for the demo shop. */
export const DEMO_SEED = 7
/** Days of history with which the demo shop opens: within the time that events may come late. */
export const DEMO_DAYS = 6
const ITEMS = 300
const SHOPPERS = 150

/**
 * Makes the demo shop and its shoppers. They are the same at each start, but for the times.
 * @param startsAt when its history begins, in ms since 1970
 */
export function createDemoShop(startsAt: number): ShopWithShoppers {
  const shop = createShop({ seed: DEMO_SEED, items: ITEMS, startsAt })
  return { shop, shoppers: createShoppers(shop, { seed: DEMO_SEED, count: SHOPPERS, days: DEMO_DAYS }) }
}

/** Returns when the history of a shop begins that opens at `now`; both are in ms since 1970. */
export function startOfHistory(now: number): number {
  return now - DEMO_DAYS * DAY
}
