import { type ActedItem, actedItems } from '../accumulators/actions-by-type.ts'
import type { EventMeaning } from '../accumulators/event-meaning.ts'
import type { Session } from '../accumulators/feature-input.ts'
import { recentlySeen, shownItems } from '../accumulators/user-item.ts'
import type { UserValue } from '../state/user-value.ts'
import { HOUR } from '../time-units.ts'
import type { SeenRule } from './seen-rule.ts'

/** A user at the moment of a slate. */
export interface SeenBy {
  readonly user: UserValue
  /** Time of the request on the clock of features, in ms. */
  readonly now: number
  /** Live session of the request; undefined if there is none. */
  readonly session: Session | undefined
  /** Time for which a user's actions on an item of any type, and impressions, are used, in ms. */
  readonly knownFor: number
  /** Event types that the domain declares. */
  readonly eventTypes: Readonly<Record<string, EventMeaning>>
}

/** Returns the items that one seen rule leaves out. */
export function seenItems({ types, within = { hours: Number.POSITIVE_INFINITY } }: SeenRule, seenBy: SeenBy): string[] {
  const { user, now, session, knownFor } = seenBy
  const items = types ? ofTypes(types, seenBy) : recentlySeen(user, now, knownFor)
  if ('latestItems' in within) return idsOf(items.slice(0, within.latestItems))
  if ('hours' in within) return idsOf(items.filter(({ at }) => at >= now - within.hours * HOUR))
  return session ? idsOf(items.filter(({ at }) => at >= session.start)) : []
}

/** Returns items by the types of events on them, latest first. Impressions of all types count alike. */
function ofTypes(types: readonly string[], { user, now, knownFor, eventTypes }: SeenBy): ActedItem[] {
  const isImpression = (type: string) => Object.hasOwn(eventTypes, type) && eventTypes[type].role === 'impression'
  const acted = actedItems(user, new Set(types.filter((type) => !isImpression(type))))
  if (!types.some(isImpression)) return acted
  const latestFirst = [...acted, ...shownItems(user, now, knownFor)].sort((a, b) => b.at - a.at)
  const found = new Map<string, ActedItem>()
  for (const item of latestFirst) if (!found.has(item.itemId)) found.set(item.itemId, item)
  return [...found.values()]
}

function idsOf(items: readonly ActedItem[]): string[] {
  return items.map(({ itemId }) => itemId)
}
