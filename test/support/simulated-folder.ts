import { createShop } from '../../lab/simulation/shop.ts'
import { createShoppers } from '../../lab/simulation/shopper.ts'
import { simulateLog } from '../../lab/simulation/simulate-log.ts'
import { loggedFolder } from './logged-folder.ts'

/** A data folder of a small simulated shop: some days of 2024. */
export function simulatedFolder(count = 60): string {
  const startsAt = Date.UTC(2024, 5, 3)
  const shop = createShop({ seed: 3, items: 80, categories: 4, startsAt })
  const shoppers = createShoppers(shop, { seed: 3, count, days: 4 })
  const events = [...simulateLog(shop, { seed: 3, shoppers, days: 4, startsAt })]
  return loggedFolder(events, { items: shop.items }).folder
}
