import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Service } from '../../src/service/service.ts'
import { simulateLog } from '../simulation/simulate-log.ts'
import { createDemoShop, DEMO_DAYS, DEMO_SEED, startOfHistory } from './demo-shop.ts'

const BATCH = 500
/** Stands in the data folder while a fill is under way, with the time at which the shop's history begins. */
const UNFINISHED = 'demo-unfinished'

/**
 * Fills a new store with a simulated shop and the last days of its history, so that there is something to recommend. A fill that was
 * cut short goes on at the next start: its items and events are the same, so that what is there already counts once.
 * @returns undefined where there was nothing to do
 */
export async function fillWithDemo(service: Service, dataDir: string): Promise<{ items: number; events: number } | undefined> {
  const mark = join(dataDir, UNFINISHED)
  const begun = await beginningOf(mark)
  if (begun === undefined && !service.isNew) return undefined
  const startsAt = begun ?? startOfHistory(service.clock.wall())
  // With Redis, the folder may not exist.
  await mkdir(dataDir, { recursive: true })
  await writeFile(mark, String(startsAt))
  const filled = await recordDemo(service, startsAt)
  await rm(mark)
  return filled
}

async function beginningOf(mark: string): Promise<number | undefined> {
  try {
    return Number(await readFile(mark, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Uploads the items of the demo shop, and records its history. @param startsAt when the history begins, in ms since 1970 */
export async function recordDemo(service: Service, startsAt: number): Promise<{ items: number; events: number }> {
  const { shop, shoppers } = createDemoShop(startsAt)
  for (let start = 0; start < shop.items.length; start += BATCH)
    await service.uploads.upsertItems(shop.items.slice(start, start + BATCH))
  let events = 0
  let batch = []
  for (const event of simulateLog(shop, { seed: DEMO_SEED, shoppers, days: DEMO_DAYS, startsAt })) {
    batch.push(event)
    events++
    if (batch.length < BATCH) continue
    await service.ingest.record(batch)
    batch = []
  }
  await service.ingest.record(batch)
  return { items: shop.items.length, events }
}
