import type { Service } from './service.ts'
import { simulateLog } from './simulation/log.ts'
import { createShop } from './simulation/shop.ts'
import { createShoppers } from './simulation/shopper.ts'
import { DAY } from './state/decay.ts'

const SEED = 7
const ITEMS = 300
const SHOPPERS = 150
/** Within the time that events may come late. */
const DAYS = 6
const BATCH = 500

/** Fills a new store with a simulated shop and the last days of its history, so that there is something to recommend. */
export async function fillWithDemo(service: Service): Promise<{ items: number; events: number }> {
  const startsAt = service.clock.wall() - DAYS * DAY
  const shop = createShop({ seed: SEED, items: ITEMS, startsAt })
  for (let start = 0; start < shop.items.length; start += BATCH)
    await service.uploads.upsertItems(shop.items.slice(start, start + BATCH))
  const shoppers = createShoppers(shop, { seed: SEED, count: SHOPPERS, days: DAYS })
  let events = 0
  let batch = []
  for (const event of simulateLog(shop, { seed: SEED, shoppers, days: DAYS, startsAt })) {
    batch.push(event)
    events++
    if (batch.length < BATCH) continue
    await service.ingest.record(batch)
    batch = []
  }
  await service.ingest.record(batch)
  return { items: shop.items.length, events }
}
