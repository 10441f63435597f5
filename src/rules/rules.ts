import { InvalidInputError } from '../errors.ts'
import { checkFilter, checkName, type FilterCheck, type ItemFilter, type ItemFilterInput } from './item-filter.ts'
import { checkSeen, type SeenRule, type SeenRuleInput } from './seen-rule.ts'

/** At most `limit` items of a slate have the same value of the attribute. */
export interface LimitRule {
  readonly attribute: string
  readonly limit: number
  /** Items that count and are limited; absent: all. */
  readonly filter?: ItemFilter
}

/** Rules of a merchandiser for slates. Stored as JSON, in the shape of its input. */
export interface Rules {
  readonly exclude?: readonly string[]
  readonly filter?: ItemFilter
  readonly boost?: readonly { readonly filter: ItemFilter; readonly factor: number }[]
  readonly pin?: readonly { readonly itemId: string; readonly position: number }[]
  readonly limitPer?: readonly LimitRule[]
  /** Diversity of the slate: 0 ranks by relevance alone, 1 by difference from the items above. */
  readonly diversity?: number
  /** Leaves out items on which the user acted. Each entry leaves out items by itself; an empty list leaves out none. */
  readonly seen?: readonly SeenRule[]
  readonly excludeSeen?: boolean
  readonly excludePurchased?: boolean
}

interface LimitInput extends Pick<LimitRule, 'attribute' | 'limit'> {
  readonly filter?: ItemFilterInput | null | undefined
}

/** Rules as sent by a client; null counts as absent. */
export interface RulesInput {
  readonly exclude?: readonly string[] | null | undefined
  readonly filter?: ItemFilterInput | null | undefined
  readonly boost?: readonly { readonly filter: ItemFilterInput; readonly factor: number }[] | null | undefined
  readonly pin?: readonly { readonly itemId: string; readonly position: number }[] | null | undefined
  readonly limitPer?: readonly LimitInput[] | null | undefined
  readonly diversity?: number | null | undefined
  readonly seen?: readonly SeenRuleInput[] | null | undefined
  readonly excludeSeen?: boolean | null | undefined
  readonly excludePurchased?: boolean | null | undefined
}

const MAX_EXCLUDED = 10_000
const MAX_BOOSTS = 50
const MAX_LIMITS = 10
/**
 * Conditions in the filters of all limits together. To fill a slate, every item of the catalogue may be tested by them, one by one:
 * a hundred thousand items by 20 conditions take about 60 ms.
 */
const MAX_LIMIT_CONDITIONS = 20
const MAX_FACTOR = 1000
const MAX_LIMIT = 1000

/** What a check must know beside the rules themselves, such as the positions that the slate has. */
export interface RulesCheck extends Omit<FilterCheck, 'path'> {
  /** Path prefix of the rules in error messages, such as `rules.`. */
  readonly prefix: string
  /** Last position that rules may pin. */
  readonly last: number
}

/** Checks rules and returns them without nulls. @throws InvalidInputError with the path of the invalid value */
export function checkRules(input: RulesInput, { prefix, last, ...checks }: RulesCheck): Rules {
  const { exclude, filter, boost, pin, limitPer, diversity, seen, excludeSeen, excludePurchased } = input
  if (exclude) checkLength(exclude, MAX_EXCLUDED, `${prefix}exclude`)
  if (boost) checkLength(boost, MAX_BOOSTS, `${prefix}boost`)
  if (limitPer) checkLimits(limitPer, `${prefix}limitPer`)
  if (diversity != null) checkNumber(diversity, 0, 1, `${prefix}diversity`)
  pin?.forEach(({ itemId, position }, i) => {
    checkNumber(position, 1, last, `${prefix}pin.${i}.position`)
    const same = pin.findIndex((other) => other.position === position)
    if (same < i) {
      const message = `${prefix}pin.${i}.position is ${position}, which pin.${same} already gives to ${pin[same].itemId}: use a different position for each pin.`
      throw new InvalidInputError(message, `${prefix}pin.${i}.position`)
    }
    const twice = pin.findIndex((other) => other.itemId === itemId)
    if (twice < i) {
      const message = `${prefix}pin.${i}.itemId is ${itemId}, which pin.${twice} already pins to position ${pin[twice].position}: pin each item only once.`
      throw new InvalidInputError(message, `${prefix}pin.${i}.itemId`)
    }
  })
  const limits = limitPer?.map((one, i) => checkLimit(one, `${prefix}limitPer.${i}`, checks))
  const boosts = boost?.map((one, i) => {
    checkNumber(one.factor, 0, MAX_FACTOR, `${prefix}boost.${i}.factor`)
    return { filter: checkFilter(one.filter, { path: `${prefix}boost.${i}.filter`, ...checks }), factor: one.factor }
  })
  return {
    ...(exclude && { exclude }),
    ...(filter && { filter: checkFilter(filter, { path: `${prefix}filter`, ...checks }) }),
    ...(boosts && { boost: boosts }),
    ...(pin && { pin: pin.map(({ itemId, position }) => ({ itemId, position })) }),
    ...(limits && { limitPer: limits }),
    ...(diversity != null && { diversity }),
    ...(seen && { seen: checkSeen(seen, `${prefix}seen`) }),
    ...(excludeSeen != null && { excludeSeen }),
    ...(excludePurchased != null && { excludePurchased }),
  }
}

function checkLimits(limits: readonly LimitInput[], path: string): void {
  checkLength(limits, MAX_LIMITS, path)
  const conditions = limits.reduce((sum, { filter }) => sum + conditionsIn(filter), 0)
  if (conditions > MAX_LIMIT_CONDITIONS)
    throw new InvalidInputError(
      `The filters of ${path} have ${conditions} conditions; at most ${MAX_LIMIT_CONDITIONS} are allowed.`,
      path,
    )
}

/** Returns the number of conditions of a filter, and of its parts that combine others. */
function conditionsIn(filter: LimitInput['filter']): number {
  if (!filter) return 0
  const { and, or, not } = filter
  return [...(and ?? []), ...(or ?? []), not].reduce((sum: number, part) => sum + conditionsIn(part), 1)
}

function checkLimit({ attribute, limit, filter }: LimitInput, path: string, checks: Omit<FilterCheck, 'path'>): LimitRule {
  checkName(attribute, `${path}.attribute`)
  checkNumber(limit, 1, MAX_LIMIT, `${path}.limit`)
  const checkFeature = (_: string, at: string) => {
    throw new InvalidInputError(`${at}: a limit may not use features. Use conditions on attributes.`, at)
  }
  return {
    ...{ attribute, limit },
    ...(filter && { filter: checkFilter(filter, { ...checks, path: `${path}.filter`, checkFeature }) }),
  }
}

function checkLength(list: readonly unknown[], most: number, path: string): void {
  if (list.length > most) throw new InvalidInputError(`${path} has ${list.length} entries; at most ${most} are allowed.`, path)
}

function checkNumber(value: number, least: number, most: number, path: string): void {
  if (!(value >= least && value <= most))
    throw new InvalidInputError(`${path} is ${value}: use a value from ${least} to ${most}.`, path)
}
