import { InvalidInputError } from '../errors.ts'
import { checkFilter, checkName, type FilterCheck, type ItemFilter, type ItemFilterInput } from './item-filter.ts'

/** Rules of a merchandiser for slates. Stored as JSON, in the shape of its input. */
export interface Rules {
  readonly exclude?: readonly string[]
  readonly filter?: ItemFilter
  readonly boost?: readonly { readonly filter: ItemFilter; readonly factor: number }[]
  readonly pin?: readonly { readonly itemId: string; readonly position: number }[]
  readonly limitPer?: readonly { readonly attribute: string; readonly limit: number }[]
  /** Diversity of the slate: 0 ranks by relevance alone, 1 by difference from the items above. */
  readonly diversity?: number
  readonly excludeSeen?: boolean
  readonly excludePurchased?: boolean
}

/** Rules as sent by a client; null counts as absent. */
export interface RulesInput {
  readonly exclude?: readonly string[] | null | undefined
  readonly filter?: ItemFilterInput | null | undefined
  readonly boost?: readonly { readonly filter: ItemFilterInput; readonly factor: number }[] | null | undefined
  readonly pin?: readonly { readonly itemId: string; readonly position: number }[] | null | undefined
  readonly limitPer?: readonly { readonly attribute: string; readonly limit: number }[] | null | undefined
  readonly diversity?: number | null | undefined
  readonly excludeSeen?: boolean | null | undefined
  readonly excludePurchased?: boolean | null | undefined
}

const MAX_EXCLUDED = 10_000
const MAX_BOOSTS = 50
const MAX_LIMITS = 10
const MAX_FACTOR = 1000
const MAX_LIMIT = 1000

export interface RulesCheck extends Pick<FilterCheck, 'checkFeature'> {
  /** Path prefix of the rules in error messages: `rules.`, or empty. */
  readonly prefix: string
  /** Last position that rules may pin. */
  readonly last: number
}

/** Checks rules and returns them without nulls. @throws InvalidInputError with the path of the invalid value */
export function checkRules(input: RulesInput, { prefix, last, checkFeature }: RulesCheck): Rules {
  const { exclude, filter, boost, pin, limitPer, diversity, excludeSeen, excludePurchased } = input
  if (exclude) checkLength(exclude, MAX_EXCLUDED, `${prefix}exclude`)
  if (boost) checkLength(boost, MAX_BOOSTS, `${prefix}boost`)
  if (limitPer) checkLength(limitPer, MAX_LIMITS, `${prefix}limitPer`)
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
  limitPer?.forEach(({ attribute, limit }, i) => {
    checkName(attribute, `${prefix}limitPer.${i}.attribute`)
    checkNumber(limit, 1, MAX_LIMIT, `${prefix}limitPer.${i}.limit`)
  })
  const boosts = boost?.map((one, i) => {
    checkNumber(one.factor, 0, MAX_FACTOR, `${prefix}boost.${i}.factor`)
    return { filter: checkFilter(one.filter, { path: `${prefix}boost.${i}.filter`, checkFeature }), factor: one.factor }
  })
  return {
    ...(exclude && { exclude }),
    ...(filter && { filter: checkFilter(filter, { path: `${prefix}filter`, checkFeature }) }),
    ...(boosts && { boost: boosts }),
    ...(pin && { pin: pin.map(({ itemId, position }) => ({ itemId, position })) }),
    ...(limitPer && { limitPer: limitPer.map(({ attribute, limit }) => ({ attribute, limit })) }),
    ...(diversity != null && { diversity }),
    ...(excludeSeen != null && { excludeSeen }),
    ...(excludePurchased != null && { excludePurchased }),
  }
}

function checkLength(list: readonly unknown[], most: number, path: string): void {
  if (list.length > most) throw new InvalidInputError(`${path} has ${list.length} entries; at most ${most} are allowed.`, path)
}

function checkNumber(value: number, least: number, most: number, path: string): void {
  if (!(value >= least && value <= most))
    throw new InvalidInputError(`${path} is ${value}: use a value from ${least} to ${most}.`, path)
}
