import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createShop } from '../../lab/simulation/shop.ts'
import { createShoppers } from '../../lab/simulation/shopper.ts'
import { simulateLog } from '../../lab/simulation/simulate-log.ts'
import { scratchDirectory } from './temporary-directory.ts'

/** A data folder of a small simulated shop: some days of 2024. */
export function simulatedFolder(count = 60): string {
  const folder = scratchDirectory()
  const startsAt = Date.UTC(2024, 5, 3)
  const shop = createShop({ seed: 3, items: 80, categories: 4, startsAt })
  const shoppers = createShoppers(shop, { seed: 3, count, days: 4 })
  const events = [...simulateLog(shop, { seed: 3, shoppers, days: 4, startsAt })]
  writeFileSync(join(folder, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  writeFileSync(join(folder, 'items.jsonl'), shop.items.map((item) => `${JSON.stringify(item)}\n`).join(''))
  return folder
}
