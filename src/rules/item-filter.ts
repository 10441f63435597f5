import { InvalidInputError } from '../errors.ts'

export type AttributeValue = string | number | boolean

/** Bounds of a number; absent ones do not bind. */
interface Bounds {
  readonly gt?: number
  readonly gte?: number
  readonly lt?: number
  readonly lte?: number
}

export interface AttributeCondition extends Bounds {
  readonly name: string
  readonly eq?: AttributeValue
  readonly in?: readonly AttributeValue[]
  readonly exists?: boolean
}

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
}

type OrNull<T> = { readonly [K in keyof T]: undefined extends T[K] ? T[K] | null | undefined : T[K] }

/** A filter as sent by a client; null counts as absent. */
export interface ItemFilterInput {
  readonly and?: readonly ItemFilterInput[] | null | undefined
  readonly or?: readonly ItemFilterInput[] | null | undefined
  readonly not?: ItemFilterInput | null | undefined
  readonly attribute?: OrNull<AttributeCondition> | null | undefined
  readonly feature?: OrNull<FeatureCondition> | null | undefined
}

const MAX_DEPTH = 10
/** Filters and values of one whole filter. */
const MAX_SIZE = 1000
const MAX_NAME = 128

/** Context of a filter check: the filter's path, and the features that it may use. */
export interface FilterCheck {
  /** Path of the filter, such as `rules.filter`. */
  readonly path: string
  /** Checks that the filter may use a feature. @param path path of the feature's name @throws if the filter may not use it */
  readonly checkFeature: (name: string, path: string) => void
}

/**
 * Checks a filter and returns it without nulls.
 * @throws InvalidInputError with the path of a part that is too deep, too large or invalid
 */
export function checkFilter(input: ItemFilterInput, { path, checkFeature }: FilterCheck): ItemFilter {
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
    const { and, or, not, attribute, feature } = filter
    const each = (filters: readonly ItemFilterInput[], name: string) =>
      filters.map((inner, i) => check(inner, `${at}.${name}.${i}`, depth + 1))
    if (attribute) {
      checkName(attribute.name, `${at}.attribute.name`)
      grow(attribute.in?.length ?? 0)
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
    }
  }
  return check(input, path, 1)
}

/** Checks the name of an attribute or feature: 1 to 128 characters. @throws InvalidInputError if the length is out of range */
export function checkName(name: string, path: string): void {
  if (name === '' || name.length > MAX_NAME)
    throw new InvalidInputError(`${path} has ${name.length} characters; use 1 to ${MAX_NAME}.`, path)
}

function withoutNulls<T extends object>(condition: OrNull<T>): T {
  return Object.fromEntries(Object.entries(condition).filter(([, value]) => value != null)) as T
}

/** Yields the attributes that a filter uses, with their paths. */
export function* attributesOf(filter: ItemFilter, path: string): Generator<{ name: string; path: string }> {
  if (filter.attribute) yield { name: filter.attribute.name, path: `${path}.attribute.name` }
  for (const joint of ['and', 'or'] as const)
    for (const [i, inner] of filter[joint]?.entries() ?? []) yield* attributesOf(inner, `${path}.${joint}.${i}`)
  if (filter.not) yield* attributesOf(filter.not, `${path}.not`)
}
