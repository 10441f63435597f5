import type { EventFacts, ItemFacts } from './entry.ts'

/** Reasons why a stored event does not count, in the order of their codes in the stores. New reasons go to the end. */
export const NOT_COUNTED = ['LATE', 'MARKED_TRAFFIC', 'RATE_LIMIT', 'ITEM_CAP'] as const
export type NotCounted = (typeof NOT_COUNTED)[number]

const OF_IGNORED = { late: 'LATE', marked: 'MARKED_TRAFFIC', bot: 'RATE_LIMIT' } as const

/**
 * Returns why an event does not count in shared sums; undefined if it counts. An impression of several items counts if one of its
 * items counts.
 */
export function whyNotCounted({ ignored, items }: EventFacts): NotCounted | undefined {
  if (ignored !== undefined) return OF_IGNORED[ignored]
  return items.length > 0 && items.every(isCapped) ? 'ITEM_CAP' : undefined
}

/** Returns the facts without the items over the limit of an hour; the same object if there are none. */
export function withoutCapped(facts: EventFacts): EventFacts {
  return facts.items.some(isCapped) ? { ...facts, items: facts.items.filter((item) => !isCapped(item)) } : facts
}

function isCapped({ capped }: ItemFacts): boolean {
  return capped === true
}
