import { DAY } from '../time-units.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import type { ReadingSource } from './source.ts'

/** Time after its first upload for which an item is new, in ms. */
export const NEW_FOR = 14 * DAY
/** Items that are looked at for some that the rules admit. */
const LOOKED_AT = 1000

/** Tells whether an item was added at most NEW_FOR before `now`. Both times are in ms since 1970. */
export function isNew(addedAt: number, now: number): boolean {
  return addedAt >= now - NEW_FOR
}

/** Makes the source of the items added to the catalogue last. Without this source, items without events are rarely proposed. */
export function newItemsSource(quota: number): ReadingSource {
  return {
    name: 'new',
    quota,
    reads: () => ({}),
    candidates: ({ catalogue, admits, now }) => {
      const itemIds: string[] = []
      let lookedAt = 0
      for (const { itemId, addedAt } of catalogue.newest()) {
        if (itemIds.length === quota || lookedAt++ === LOOKED_AT || !isNew(addedAt, now)) break
        if (admits(itemId)) itemIds.push(itemId)
      }
      return { itemIds, scores: itemIds.map((_, at) => 1 / (at + 1)), reason: (): BuiltInReason => ({ code: 'NEW' }) }
    },
  }
}
