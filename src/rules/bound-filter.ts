import type { Json } from '../state/user-value.ts'
import type { AttributeCondition, Bounds, FeatureCondition, Relative } from './item-filter.ts'

/** Sets of values, each of one attribute. They are not joined, because many conditions may name a long list. */
export type SetGroup = readonly ReadonlySet<Json>[]

/** Numbers from `least` to `greatest`. */
export interface Range {
  readonly least: number
  readonly greatest: number
}

/** A condition on an attribute in which values stand in place of names of other attributes. */
export interface BoundCondition extends Bounds, Pick<AttributeCondition, 'name' | 'eq' | 'in' | 'exists'>, Unrelated {
  /** The value must be in one set of each of these groups. */
  readonly among?: readonly SetGroup[]
  /** The value must be a number in one of these ranges. They are in order, and do not overlap. */
  readonly ranges?: readonly Range[]
}

type Unrelated = { readonly [K in keyof Relative]?: never }

/** A filter that depends only on the item. */
export interface BoundFilter {
  readonly and?: readonly BoundFilter[]
  readonly or?: readonly BoundFilter[]
  readonly not?: BoundFilter
  readonly attribute?: BoundCondition
  readonly feature?: FeatureCondition
  readonly user?: never
}
