import type { Json, JsonObject } from '../state/user-value.ts'
import { attributeOf, valuesOf } from './attribute-values.ts'
import type { BoundCondition, BoundFilter, Range, SetGroup } from './bound-filter.ts'
import { type CompiledFilter, compileFilter, valueTest } from './compiled-filter.ts'
import type { AttributeCondition, ItemFilter } from './item-filter.ts'

/** Values with which the conditions of one slate compare items. */
export interface Surroundings {
  /** Uploaded attributes of the user; empty if the user has opted out or has not consented. */
  readonly user: JsonObject
  /** Attributes of each item on screen. */
  readonly anchors: readonly JsonObject[]
}

/** Of a filter that is for no user and no page. */
export const NO_SURROUNDINGS: Surroundings = { user: {}, anchors: [] }

/** A comparison because of which a filter selects no item: the user or the items on screen lack the value. */
export interface Unmet {
  readonly path: string
  readonly of: 'user' | 'anchor'
}

const EVERY: BoundFilter = { and: [] }
const NONE: BoundFilter = { or: [] }

/** Puts the values of one user and one page into filters. Reads each attribute once, however many conditions name it. */
export class FilterBinder {
  readonly #surroundings: Surroundings
  readonly #ofUser = new Map<string, ReadonlySet<Json>>()
  readonly #ofAnchors = new Map<string, ReadonlySet<Json>>()
  readonly #numbers = new Map<string, readonly number[]>()

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  bind(filter: ItemFilter): BoundFilter {
    const { and, or, not, attribute, feature, user } = filter
    return {
      ...((and || user) && { and: [...(and ?? []).map((part) => this.bind(part)), ...(user ? [this.#userMeets(user)] : [])] }),
      ...(or && { or: or.map((part) => this.bind(part)) }),
      ...(not && { not: this.bind(not) }),
      ...(attribute && { attribute: this.#condition(attribute) }),
      ...(feature && { feature }),
    }
  }

  /** Yields the comparisons because of which a filter selects no item. Those within `or` and `not` do not decide. */
  *unmet({ and = [], attribute }: ItemFilter, path: string): Generator<Unmet> {
    if (attribute) yield* this.#unmetOf(attribute, `${path}.attribute`)
    for (const [i, inner] of and.entries()) yield* this.unmet(inner, `${path}.and.${i}`)
  }

  *#unmetOf({ name, equalsUser, inUser, equalsAnchor, withinShareOfAnchor }: AttributeCondition, path: string): Generator<Unmet> {
    if (equalsUser !== undefined && this.#userValues(equalsUser).size === 0) yield { path: `${path}.equalsUser`, of: 'user' }
    if (inUser?.every((one) => this.#userValues(one).size === 0)) yield { path: `${path}.inUser`, of: 'user' }
    if (equalsAnchor !== undefined && this.#anchorValues(equalsAnchor).size === 0)
      yield { path: `${path}.equalsAnchor`, of: 'anchor' }
    if (withinShareOfAnchor !== undefined && this.#anchorNumbers(name).length === 0)
      yield { path: `${path}.withinShareOfAnchor`, of: 'anchor' }
  }

  #userMeets(condition: AttributeCondition): BoundFilter {
    const test = valueTest(this.#condition(condition))
    return test(attributeOf(this.#surroundings.user, condition.name)) ? EVERY : NONE
  }

  #condition(condition: AttributeCondition): BoundCondition {
    const { equalsUser, inUser, equalsAnchor, withinShareOfAnchor, ...plain } = condition
    const among: SetGroup[] = []
    if (equalsUser !== undefined) among.push([this.#userValues(equalsUser)])
    if (inUser) among.push(inUser.map((name) => this.#userValues(name)))
    if (equalsAnchor !== undefined) among.push([this.#anchorValues(equalsAnchor)])
    return {
      ...plain,
      ...(among.length > 0 && { among }),
      ...(withinShareOfAnchor !== undefined && { ranges: rangesAround(this.#anchorNumbers(plain.name), withinShareOfAnchor) }),
    }
  }

  #userValues(name: string): ReadonlySet<Json> {
    const { user } = this.#surroundings
    return kept(this.#ofUser, name, () => new Set(valuesOf(user, name)))
  }

  #anchorValues(name: string): ReadonlySet<Json> {
    const { anchors } = this.#surroundings
    return kept(this.#ofAnchors, name, () => new Set(anchors.flatMap((attributes) => [...valuesOf(attributes, name)])))
  }

  #anchorNumbers(name: string): readonly number[] {
    const { anchors } = this.#surroundings
    return kept(this.#numbers, name, () =>
      anchors.map((attributes) => attributeOf(attributes, name)).filter((value) => typeof value === 'number'),
    )
  }
}

/** Returns the ranges of numbers that differ from one of these by at most a share of it; in order, without overlap. */
function rangesAround(numbers: readonly number[], share: number): Range[] {
  const around = numbers.map((number) => ({
    least: number - share * Math.abs(number),
    greatest: number + share * Math.abs(number),
  }))
  const ranges: Range[] = []
  for (const range of around.sort((a, b) => a.least - b.least)) {
    const last = ranges.at(-1)
    if (!last || range.least > last.greatest) ranges.push(range)
    else ranges[ranges.length - 1] = { least: last.least, greatest: Math.max(last.greatest, range.greatest) }
  }
  return ranges
}

/** Compiles a filter that is for no user and no page, and so compares with nothing. */
export function compileAlone(filter: ItemFilter): CompiledFilter {
  return compileFilter(new FilterBinder(NO_SURROUNDINGS).bind(filter))
}

function kept<T>(known: Map<string, T>, name: string, make: () => T): T {
  const held = known.get(name)
  if (held !== undefined) return held
  const made = make()
  known.set(name, made)
  return made
}
