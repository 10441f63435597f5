import type { UserValue } from '../state/user-value.ts'
import type { ActedItem } from './acted-item.ts'
import { actedItems } from './actions-by-type.ts'
import { type EventMeaning, type EventRole, meaningOf } from './event-meaning.ts'
import { lookedAt, recentlySeen, shownItems } from './user-item.ts'

/** What decides which of the user's items an event type brings. */
export interface TypesKnown {
  /** Event types that the domain declares. */
  readonly eventTypes: Readonly<Record<string, EventMeaning>>
  /** Time for which impressions, views and clicks are used, and actions of all types together, in ms. */
  readonly knownFor: number
}

/**
 * Returns the items with an event of one of these types, latest first, each once with the time of its latest such event. If `types` is
 * undefined, events of all types but impressions count. All types of
 * impressions count alike, and so do all types of views, and of clicks. Of an item with views and clicks, the time is that of the latest
 * of both.
 */
export function itemsByType(user: UserValue, now: number, types: readonly string[] | undefined, known: TypesKnown): ActedItem[] {
  const { knownFor } = known
  if (types === undefined) return recentlySeen(user, now, knownFor)
  const roles = new Set<EventRole>(types.map((type) => meaningOf(known, type).role))
  const lists = [actedItems(user, new Set(types))]
  if (roles.has('view') || roles.has('click')) lists.push(lookedAt(user, now, knownFor, roles))
  if (roles.has('impression')) lists.push(shownItems(user, now, knownFor))
  const filled = lists.filter((list) => list.length > 0)
  if (filled.length <= 1) return filled[0] ?? []
  const found = new Map<string, ActedItem>()
  for (const item of filled.flat().sort((a, b) => b.at - a.at)) if (!found.has(item.itemId)) found.set(item.itemId, item)
  return [...found.values()]
}
