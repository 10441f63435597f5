import type { ItemFilter } from '../../generated/console-rules.ts'
import { conditionsOf, type DraftRules, type SimpleCondition } from './draft-rules.ts'
import { newItemsDays } from './new-items.ts'
import { texts } from './texts.ts'

const { sentences } = texts

/** Returns the title of an item; its id if the title is not known. */
export type NameOf = (itemId: string) => string

/** Says in a sentence each what rules do. */
export function ruleSentences(rules: DraftRules, nameOf: NameOf): string[] {
  const { pin, exclude, filter, boost, limitPer, diversity, seen, excludeSeen, excludePurchased } = rules
  return [
    ...(pin ?? []).map(({ itemId, position }) => sentences.pin(nameOf(itemId), position)),
    ...(exclude && exclude.length > 0 ? [sentences.exclude(exclude.map(nameOf).join(', '))] : []),
    ...(filter ? [sentences.filter(filterText(filter))] : []),
    ...(boost ?? []).map(({ filter: items, factor }) => sentences.boost(filterText(items), factor)),
    ...(limitPer ?? []).map(({ attribute, limit }) => sentences.limit(attribute, limit)),
    ...(diversity === undefined ? [] : [sentences.diversity(diversity)]),
    ...(excludePurchased === undefined ? [] : [sentences.purchased(excludePurchased)]),
    ...(excludeSeen === undefined ? [] : [sentences.seenItems(excludeSeen)]),
    ...(seen === undefined ? [] : [sentences.seen(seen.length)]),
  ]
}

/** Says which items a filter selects; as JSON if it is of a kind that the editor cannot show. */
export function filterText(filter: ItemFilter): string {
  const days = newItemsDays(filter)
  if (days !== undefined) return sentences.newItems(days)
  const conditions = conditionsOf(filter)
  return conditions ? conditions.map(conditionText).join(sentences.and) : JSON.stringify(filter)
}

function conditionText({ attribute, comparison, value }: SimpleCondition): string {
  return `${attribute} ${texts.comparisons[comparison]} ${value}`
}
