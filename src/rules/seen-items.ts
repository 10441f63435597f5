import { itemsByType, type TypesKnown } from '../accumulators/actions-by-type.ts'
import type { ActedItem } from '../accumulators/event-meaning.ts'
import type { Session } from '../accumulators/feature-input.ts'
import type { UserValue } from '../state/user-value.ts'
import { HOUR } from '../time-units.ts'
import type { SeenRule } from './seen-rule.ts'

/** A user at the moment of a slate. */
export interface SeenBy extends TypesKnown {
  readonly user: UserValue
  /** Time of the request on the clock of features, in ms. */
  readonly now: number
  /** Live session of the request; undefined if there is none. */
  readonly session: Session | undefined
}

/** Returns the items that one seen rule leaves out. */
export function seenItems({ types, within = { hours: Number.POSITIVE_INFINITY } }: SeenRule, seenBy: SeenBy): string[] {
  const { user, now, session } = seenBy
  const items = itemsByType(user, now, types, seenBy)
  if ('latestItems' in within) return idsOf(items.slice(0, within.latestItems))
  if ('hours' in within) return idsOf(items.filter(({ at }) => at >= now - within.hours * HOUR))
  return session ? idsOf(items.filter(({ at }) => at >= session.start)) : []
}

function idsOf(items: readonly ActedItem[]): string[] {
  return items.map(({ itemId }) => itemId)
}
