import { InvalidInputError } from '../errors.ts'

/** A value with which a condition can compare. Lists and objects are not among them. */
export type AttributeValue = string | number | boolean

/** Bounds of a number; absent ones do not bind. */
export interface Bounds {
  readonly gt?: number
  readonly gte?: number
  readonly lt?: number
  readonly lte?: number
}

/** Comparisons with the user of a slate, and with the items on screen. */
export interface Relative {
  /** Name of the attribute of the user whose value, or an element of it, the item must have. */
  readonly equalsUser?: string
  /** Names of attributes of the user. The item must have a value of one of them. */
  readonly inUser?: readonly string[]
  /** Name of the attribute of the items on screen whose value, or an element of it, the item must have. */
  readonly equalsAnchor?: string
  /** Largest difference from the number of an item on screen, as a share of that number. */
  readonly withinShareOfAnchor?: number
}

/** A condition on one attribute of an item. All given comparisons must hold. */
export interface AttributeCondition extends Bounds, Relative {
  readonly name: string
  readonly eq?: AttributeValue
  readonly in?: readonly AttributeValue[]
  readonly exists?: boolean
}

/** A condition on one feature. All given comparisons must hold. `exists: false` demands that the feature has no value. */
export interface FeatureCondition extends Bounds {
  readonly name: string
  readonly exists?: boolean
}

/**
 * A filter of items. All given conditions must hold; an empty filter matches every item. Stored as JSON, in the shape of its input.
 */
export interface ItemFilter {
  readonly and?: readonly ItemFilter[]
  readonly or?: readonly ItemFilter[]
  readonly not?: ItemFilter
  readonly attribute?: AttributeCondition
  readonly feature?: FeatureCondition
  /** Selects every item if the user of the slate meets the condition, and else none. */
  readonly user?: AttributeCondition
}

type OrNull<T> = { readonly [K in keyof T]: undefined extends T[K] ? T[K] | null | undefined : T[K] }

/** A filter as sent by a client; null counts as absent. */
export interface ItemFilterInput {
  readonly and?: readonly ItemFilterInput[] | null | undefined
  readonly or?: readonly ItemFilterInput[] | null | undefined
  readonly not?: ItemFilterInput | null | undefined
  readonly attribute?: OrNull<AttributeCondition> | null | undefined
  readonly feature?: OrNull<FeatureCondition> | null | undefined
  readonly user?: OrNull<AttributeCondition> | null | undefined
}

const MAX_DEPTH = 10
/** Filters and values of one whole filter. */
const MAX_SIZE = 1000
const MAX_NAME = 128
/** Names in `inUser`. */
const MAX_NAMES = 10
/** Largest share in `withinShareOfAnchor`. */
const MAX_SHARE = 10

/** Context of a filter check: the filter's path, and the features that it may use. */
export interface FilterCheck {
  /** Path of the filter, such as `rules.filter`. */
  readonly path: string
  /** Checks that the filter may use a feature. @param path path of the feature's name @throws if the filter may not use it */
  readonly checkFeature: (name: string, path: string) => void
  /** Checks that the filter may compare items with an attribute of the user, or of the items on screen. @throws if it may not */
  readonly checkRelation: (to: 'user' | 'anchor', path: string, name: string) => void
}

/**
 * Checks a filter and returns it without nulls.
 * @throws InvalidInputError with the path of a part that is too deep, too large or invalid
 */
export function checkFilter(input: ItemFilterInput, filterCheck: FilterCheck): ItemFilter {
  const { path, checkFeature, checkRelation } = filterCheck
  let size = 0
  const grow = (by: number) => {
    size += by
    if (size > MAX_SIZE)
      throw new InvalidInputError(
        `${path} has more than ${MAX_SIZE} conditions and values: use fewer, or split the filter.`,
        path,
      )
  }
  const check = (filter: ItemFilterInput, at: string, depth: number): ItemFilter => {
    if (depth > MAX_DEPTH) throw new InvalidInputError(`${at} is nested deeper than ${MAX_DEPTH} filters.`, at)
    grow(1)
    const { and, or, not, attribute, feature, user } = filter
    const each = (filters: readonly ItemFilterInput[], name: string) =>
      filters.map((inner, i) => check(inner, `${at}.${name}.${i}`, depth + 1))
    if (attribute) {
      checkName(attribute.name, `${at}.attribute.name`)
      grow((attribute.in?.length ?? 0) + (attribute.inUser?.length ?? 0))
      checkRelative(attribute, `${at}.attribute`, checkRelation)
    }
    if (user) {
      checkRelation('user', `${at}.user`, user.name)
      checkName(user.name, `${at}.user.name`)
      grow(user.in?.length ?? 0)
      checkRelative(user, `${at}.user`, refuseRelation)
    }
    if (feature) {
      checkName(feature.name, `${at}.feature.name`)
      checkFeature(feature.name, `${at}.feature.name`)
    }
    return {
      ...(and && { and: each(and, 'and') }),
      ...(or && { or: each(or, 'or') }),
      ...(not && { not: check(not, `${at}.not`, depth + 1) }),
      ...(attribute && { attribute: withoutNulls<AttributeCondition>(attribute) }),
      ...(feature && { feature: withoutNulls<FeatureCondition>(feature) }),
      ...(user && { user: withoutNulls<AttributeCondition>(user) }),
    }
  }
  return check(input, path, 1)
}

function checkRelative(condition: OrNull<AttributeCondition>, at: string, checkRelation: FilterCheck['checkRelation']): void {
  const { equalsUser, inUser, equalsAnchor, withinShareOfAnchor: share } = condition
  if (equalsUser != null) {
    checkRelation('user', `${at}.equalsUser`, equalsUser)
    checkName(equalsUser, `${at}.equalsUser`)
  }
  if (inUser != null) {
    for (const name of inUser) checkRelation('user', `${at}.inUser`, name)
    if (inUser.length === 0 || inUser.length > MAX_NAMES)
      throw new InvalidInputError(`${at}.inUser has ${inUser.length} names; use 1 to ${MAX_NAMES}.`, `${at}.inUser`)
    for (const [i, name] of inUser.entries()) checkName(name, `${at}.inUser.${i}`)
  }
  if (equalsAnchor != null) {
    checkRelation('anchor', `${at}.equalsAnchor`, equalsAnchor)
    checkName(equalsAnchor, `${at}.equalsAnchor`)
  }
  if (share == null) return
  checkRelation('anchor', `${at}.withinShareOfAnchor`, condition.name)
  if (!(share >= 0 && share <= MAX_SHARE)) {
    const message = `${at}.withinShareOfAnchor is ${share}: use a share from 0 to ${MAX_SHARE}, such as 0.2 for 20 percent.`
    throw new InvalidInputError(message, `${at}.withinShareOfAnchor`)
  }
}

/** Of a condition on the user, and of filters outside rules. @throws InvalidInputError */
export function refuseRelation(to: 'user' | 'anchor', path: string): never {
  const what = to === 'user' ? 'the user of a slate' : 'items on screen'
  throw new InvalidInputError(`${path}: there is nothing to compare with here. Only rules compare items with ${what}.`, path)
}

/** Checks the name of an attribute or feature: 1 to 128 characters. @throws InvalidInputError if the length is out of range */
export function checkName(name: string, path: string): void {
  if (name === '' || name.length > MAX_NAME)
    throw new InvalidInputError(`${path} has ${name.length} characters; use 1 to ${MAX_NAME}.`, path)
}

function withoutNulls<T extends object>(condition: OrNull<T>): T {
  return Object.fromEntries(Object.entries(condition).filter(([, value]) => value != null)) as T
}

/** Yields the attributes of items that a filter uses, with their paths. */
export function* attributesOf(filter: ItemFilter, path: string): Generator<{ name: string; path: string }> {
  const { attribute } = filter
  if (attribute) yield { name: attribute.name, path: `${path}.attribute.name` }
  if (attribute?.equalsAnchor !== undefined) yield { name: attribute.equalsAnchor, path: `${path}.attribute.equalsAnchor` }
  for (const joint of ['and', 'or'] as const)
    for (const [i, inner] of filter[joint]?.entries() ?? []) yield* attributesOf(inner, `${path}.${joint}.${i}`)
  if (filter.not) yield* attributesOf(filter.not, `${path}.not`)
}
