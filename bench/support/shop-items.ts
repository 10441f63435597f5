import * as answers from '../../lab/client/answers.ts'
import { postOperation } from './post-operation.ts'

/** Items of the shop to which benchmarks send events. */
export const ITEMS = 2000
const BATCH = 500

/**
 * Uploads the items of the shop.
 * @param url http://…
 * @param words the mutation, in the words of the version that serves
 * @throws Error if they are not taken
 */
export async function uploadItems(url: string, words: Pick<typeof answers, 'UPSERT_ITEMS'> = answers): Promise<void> {
  for (let start = 0; start < ITEMS; start += BATCH) {
    const input = Array.from({ length: BATCH }, (_, i) => ({
      itemId: `item-${start + i}`,
      attributes: { title: `Item ${start + i}`, category: `c${i % 20}`, brand: `b${i % 60}`, price: 5 + (i % 300) },
    }))
    await postOperation(url, words.UPSERT_ITEMS, { input })
  }
}

/** Returns the id of the item of the nth event. By a power law: half of the events are on a twentieth of the items. */
export function popularItem(n: number): string {
  return `item-${popularNumber(n, ITEMS)}`
}

/** The same for another number of items. @returns number of the item, from 0 */
export function popularNumber(n: number, items: number): number {
  return Math.floor(items * ((n * 0.618_033_988_749_895) % 1) ** 4)
}
