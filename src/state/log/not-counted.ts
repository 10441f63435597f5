import type { EventFacts, ItemFacts } from './entry.ts'

/**
 * Reasons why a stored event does not count, in the order of their codes in the stores. The codes of the last reasons stay when a
 * reason is added, so a new one goes to the front.
 */
export const NOT_COUNTED = ['UNKNOWN_ITEM_CAP', 'LATE', 'MARKED_TRAFFIC', 'RATE_LIMIT', 'ITEM_CAP'] as const
export type NotCounted = (typeof NOT_COUNTED)[number]

const OF_IGNORED = { late: 'LATE', marked: 'MARKED_TRAFFIC', bot: 'RATE_LIMIT' } as const

/**
 * Returns why an event does not count in shared sums; undefined if it counts. An impression of several items counts if one of its
 * items counts.
 */
export function whyNotCounted({ ignored, items }: EventFacts): NotCounted | undefined {
  if (ignored !== undefined) return OF_IGNORED[ignored]
  if (items.length === 0 || !items.every(isCapped)) return undefined
  return items.some(({ capped }) => capped === true) ? 'ITEM_CAP' : 'UNKNOWN_ITEM_CAP'
}

/** Returns the facts without the items over a limit, and without the draw of such an item; the same object if there are none. */
export function withoutCapped(facts: EventFacts): EventFacts {
  if (!facts.items.some(isCapped)) return facts
  const { explored, ...others } = facts
  const items = facts.items.filter((item) => !isCapped(item))
  const isDrawnCapped = explored?.itemId !== undefined && items.every(({ itemId }) => itemId !== explored.itemId)
  return { ...others, items, ...(explored && !isDrawnCapped && { explored }) }
}

function isCapped({ capped }: ItemFacts): boolean {
  return capped !== undefined
}
