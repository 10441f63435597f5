import { MOST_READ } from '../rules/matching-items.ts'
import type { RulesInput } from '../rules/rules.ts'
import { MAX_SLATE } from './argument-checks.ts'
import { CANDIDATE_COST } from './candidate-input.ts'
import type { Context } from './context.ts'
import { rulesCost } from './filter-cost.ts'

/** Complexity of reading the slate on screen, and of keeping the ids of up to a thousand items. */
const EARLIER_COST = 300

/** The arguments of a slate on which its complexity depends. */
interface CostlyArguments {
  readonly first: number
  readonly rules?: RulesInput | null | undefined
  readonly candidates?: readonly unknown[] | null | undefined
  readonly after?: string | null | undefined
}

/** Returns the complexity of ranking a slate. */
export function slateCost(
  { first, rules, candidates, after }: CostlyArguments,
  context: Pick<Context, 'service'>,
): { field: number; multiplier: number } {
  const items = Math.min(first, MAX_SLATE)
  // The candidates of a request are never filled up.
  const ofRules = rules ? rulesCost(rules, candidates ? undefined : { ...context.service, mostTested: MOST_READ }) : 0
  const given = CANDIDATE_COST * (candidates?.length ?? 0)
  return { field: 3000 + 60 * items + ofRules + given + (after == null ? 0 : EARLIER_COST), multiplier: items }
}
