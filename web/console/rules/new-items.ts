import type { ItemFilter } from '../../generated/console-rules.ts'

/** Feature with the time since the first event on an item, in hours; missing for an item without events. */
const AGE = 'item_age_hours'
const HOURS_A_DAY = 24

/** Writes a filter of new items: those whose first event is at most so many days ago, and those without events. */
export function newItemsFilter(days: number): ItemFilter {
  return { or: [{ feature: { name: AGE, lte: days * HOURS_A_DAY } }, { not: { feature: { name: AGE, exists: true } } }] }
}

/** Reads the days of a filter of new items. @returns undefined for another filter */
export function newItemsDays(filter: ItemFilter): number | undefined {
  const lte = filter.or?.[0]?.feature?.lte
  if (lte == null || filter.or?.length !== 2) return undefined
  const { feature } = filter.or[1]!.not ?? {}
  return filter.or[0]?.feature?.name === AGE && feature?.name === AGE && feature.exists ? lte / HOURS_A_DAY : undefined
}
