import type { Catalogue } from '../catalogue/catalogue.ts'
import type { ItemFilterInput } from '../rules/item-filter.ts'
import { MOST_READ } from '../rules/matching-items.ts'
import type { RulesInput } from '../rules/rules.ts'
import { MAX_SLATE } from './argument-checks.ts'
import { CANDIDATE_COST } from './candidate-input.ts'
import type { Context } from './context.ts'

/** Complexity of a condition, which is tested on each candidate of a slate. 10,000 conditions took 150 ms. */
const CONDITION = 20
/** Complexity of a value in the list `in` of a condition. */
const VALUE = 1
/** Items, and values of their lists, on which the verdict of a condition takes a point: it looks at the whole catalogue. */
const VERDICTS_A_POINT = 500
/** Items that are tested by a condition on a feature in the time of a point. */
const TESTS_A_POINT = 100

/** Ids of excluded items that are read and looked up in the time of a point. */
const EXCLUDED_A_POINT = 5

/** What a filter selects from: the items of a catalogue, of which so many at most are tested with their features. */
export interface Walked {
  readonly catalogue: Pick<Catalogue, 'size' | 'listedValues'>
  readonly mostTested: number
}

/** Returns the complexity of testing candidates with a filter of a client, and of the walk through a catalogue if there is one. */
export function filterCost(filter: ItemFilterInput | null | undefined, walked?: Walked): number {
  if (!filter) return 0
  const { and = [], or = [], not, attribute, feature, user } = filter
  let cost = 0
  if (attribute) {
    cost += CONDITION + VALUE * (attribute.in?.length ?? 0) + CONDITION * comparisons(attribute)
    if (walked) cost += (walked.catalogue.size + walked.catalogue.listedValues(attribute.name)) / VERDICTS_A_POINT
  }
  if (user) cost += CONDITION + VALUE * (user.in?.length ?? 0)
  if (feature) cost += CONDITION + (walked ? Math.min(walked.catalogue.size, walked.mostTested) / TESTS_A_POINT : 0)
  for (const inner of [...(and ?? []), ...(or ?? []), ...(not ? [not] : [])]) cost += filterCost(inner, walked)
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

/** Returns the complexity that rules add to a slate, for which the filter may select from the whole catalogue. */
export function rulesCost(rules: RulesInput | null | undefined, walked?: Walked): number {
  let cost = filterCost(rules?.filter, walked) + (rules?.exclude?.length ?? 0) / EXCLUDED_A_POINT
  for (const { filter } of rules?.boost ?? []) cost += filterCost(filter)
  for (const { filter } of rules?.limitPer ?? []) cost += filterCost(filter)
  return cost
}

/** Complexity of reading the slate on screen, and of keeping the ids of up to a thousand items. */
const EARLIER_COST = 300

/** The arguments of a slate on which its complexity depends. */
interface CostlyArguments {
  readonly first: number
  readonly rules?: RulesInput | null | undefined
  readonly candidates?: readonly unknown[] | null | undefined
  readonly afterSlate?: string | null | undefined
}

/** Returns the complexity of ranking a slate. */
export function slateCost(
  { first, rules, candidates, afterSlate }: CostlyArguments,
  context: Pick<Context, 'service'>,
): { field: number; multiplier: number } {
  const items = Math.min(first, MAX_SLATE)
  // The candidates of a request are never filled up.
  const ofRules = rules ? rulesCost(rules, candidates ? undefined : { ...context.service, mostTested: MOST_READ }) : 0
  const given = CANDIDATE_COST * (candidates?.length ?? 0)
  return { field: 3000 + 60 * items + ofRules + given + (afterSlate == null ? 0 : EARLIER_COST), multiplier: items }
}
