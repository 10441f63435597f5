import type { AttributeCondition, ItemFilter, RulesInput } from '../../generated/console-rules.ts'

/** Rules that somebody edits, without nulls. A kind of rule that is absent is not set here. */
export type DraftRules = { readonly [K in keyof RulesInput]?: NonNullable<RulesInput[K]> }

/** Kinds of rules, such as `pin`. */
export type RuleKind = keyof DraftRules

/** Kinds of rules whose empty list means the same as none, unless they hide a rule of all surfaces. */
const LISTS = ['pin', 'exclude', 'boost', 'limitPer'] as const

/** Reads standing rules, which the API returns in the shape of its input. Leaves out nulls. */
export function readRules(rules: object): DraftRules {
  return Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== null))
}

/** Leaves out lists that have become empty. An empty list would hide the rules of the same kind that are set for all surfaces. */
export function withoutEmptyLists(rules: DraftRules): DraftRules {
  const isEmpty = (kind: string, value: unknown) =>
    LISTS.some((list) => list === kind) && Array.isArray(value) && value.length === 0
  return Object.fromEntries(Object.entries(rules).filter(([kind, value]) => value !== undefined && !isEmpty(kind, value)))
}

/** The rules that apply on a surface: for each kind, those of the surface, or else those of all surfaces. */
export function effectiveRules(ofSurface: DraftRules, ofAll: DraftRules): DraftRules {
  return { ...ofAll, ...withoutEmptyLists(ofSurface) }
}

/** Kinds of rules of all surfaces that do not apply on a surface, since it has its own. */
export function hiddenKinds(ofSurface: DraftRules, ofAll: DraftRules): RuleKind[] {
  return (Object.keys(withoutEmptyLists(ofSurface)) as RuleKind[]).filter((kind) => kind in ofAll)
}

/** Whether two sets of rules are the same. */
export function areSame(left: DraftRules, right: DraftRules): boolean {
  return canonical(withoutEmptyLists(left)) === canonical(withoutEmptyLists(right))
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** A comparison that the editor can show. */
export type Comparison = 'eq' | 'not' | 'gte' | 'lte'

/** A condition that the editor can show: an attribute, a comparison and a value. */
export interface SimpleCondition {
  readonly attribute: string
  readonly comparison: Comparison
  readonly value: string | number | boolean
}

/** Writes a condition as a filter. */
export function filterOf({ attribute: name, comparison, value }: SimpleCondition): ItemFilter {
  if (comparison === 'eq') return { attribute: { name, eq: value } }
  if (comparison === 'not') return { not: { attribute: { name, eq: value } } }
  return { attribute: { name, [comparison]: Number(value) } }
}

/** Reads a filter as conditions that must all hold. @returns undefined if the editor cannot show the filter */
export function conditionsOf(filter: ItemFilter | undefined): SimpleCondition[] | undefined {
  if (filter === undefined) return []
  if (filter.and) {
    const parts = filter.and.map((part) => (part.and ? undefined : conditionsOf(part)))
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined
  }
  const simple = filter.attribute
    ? conditionOf(filter.attribute, false)
    : filter.not?.attribute
      ? conditionOf(filter.not.attribute, true)
      : undefined
  return simple && [simple]
}

function conditionOf(condition: AttributeCondition, isNegated: boolean): SimpleCondition | undefined {
  const { name: attribute, ...comparisons } = condition
  const set = Object.entries(comparisons).filter(([, value]) => value != null)
  if (set.length !== 1) return undefined
  const [[comparison, value]] = set as [[string, unknown]]
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined
  if (isNegated) return comparison === 'eq' ? { attribute, comparison: 'not', value } : undefined
  return comparison === 'eq' || comparison === 'gte' || comparison === 'lte' ? { attribute, comparison, value } : undefined
}

/** Writes conditions as one filter. @returns undefined if there are none */
export function filterOfAll(conditions: readonly SimpleCondition[]): ItemFilter | undefined {
  if (conditions.length === 0) return undefined
  return conditions.length === 1 ? filterOf(conditions[0]!) : { and: conditions.map(filterOf) }
}
