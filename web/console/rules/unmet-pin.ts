import type { ItemFilter } from '../../generated/console-rules.ts'
import { conditionsOf, type DraftRules, filterOf, type SimpleCondition } from './draft-rules.ts'

/** What the catalogue knows about a pinned item. */
export interface PinnedItem {
  readonly available: boolean
  readonly attributes: Readonly<Record<string, unknown>>
}

/** Why a pinned item is not shown, as far as the rules and the catalogue say it. `filter`: it does not meet this condition. */
export type UnmetPin =
  | { readonly because: 'hidden' | 'missing' | 'unavailable' }
  | { readonly because: 'filter'; readonly condition: ItemFilter }

/**
 * Finds out why a pinned item is not shown.
 * @param item null if the catalogue does not have it
 * @returns undefined if neither the rules nor the catalogue say it, for example if the user has bought the item
 */
export function whyUnmet(itemId: string, item: PinnedItem | null, rules: DraftRules): UnmetPin | undefined {
  if (rules.exclude?.includes(itemId)) return { because: 'hidden' }
  if (item === null) return { because: 'missing' }
  if (!item.available) return { because: 'unavailable' }
  const unmet = conditionsOf(rules.filter)?.find((condition) => !meets(item.attributes[condition.attribute], condition))
  return unmet && { because: 'filter', condition: filterOf(unmet) }
}

/** Of a list, one value that meets the condition is enough, as in the service. */
function meets(attribute: unknown, { comparison, value }: SimpleCondition): boolean {
  const values = Array.isArray(attribute) ? attribute : [attribute]
  if (comparison === 'eq') return values.includes(value)
  if (comparison === 'not') return !values.includes(value)
  return values.some((one) => typeof one === 'number' && (comparison === 'gte' ? one >= Number(value) : one <= Number(value)))
}
