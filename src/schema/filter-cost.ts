import type { ItemFilterInput } from '../rules/item-filter.ts'
import type { RulesInput } from '../rules/rules.ts'

/** Complexity of a condition, which is tested on each candidate of a slate. 10,000 conditions took 150 ms. */
const CONDITION = 20
/** Complexity of a value in the list `in` of a condition. */
const VALUE = 1

/** Returns the complexity of testing items with a filter of a client. */
export function filterCost(filter: ItemFilterInput | null | undefined): number {
  if (!filter) return 0
  const { and, or, not, attribute, feature, user } = filter
  let cost = filterCost(not)
  if (attribute) cost += CONDITION + VALUE * (attribute.in?.length ?? 0) + CONDITION * comparisons(attribute)
  if (user) cost += CONDITION + VALUE * (user.in?.length ?? 0)
  if (feature) cost += CONDITION
  for (const inner of and ?? []) cost += filterCost(inner)
  for (const inner of or ?? []) cost += filterCost(inner)
  return cost
}

/** Returns how many comparisons with the user and the items on screen a condition has. */
function comparisons({
  equalsUser,
  inUser,
  equalsAnchor,
  withinShareOfAnchor,
}: NonNullable<ItemFilterInput['attribute']>): number {
  return (inUser?.length ?? 0) + [equalsUser, equalsAnchor, withinShareOfAnchor].filter((one) => one != null).length
}

/** Returns the complexity that rules add to a slate. */
export function rulesCost(rules: RulesInput | null | undefined): number {
  let cost = filterCost(rules?.filter)
  for (const { filter } of rules?.boost ?? []) cost += filterCost(filter)
  for (const { filter } of rules?.limitPer ?? []) cost += filterCost(filter)
  return cost
}
