import { z } from 'zod'
import type { EntityKind } from '../accumulators/accumulator.ts'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Place, SortOrder } from '../analysis/sort-order.ts'
import { LiverankError } from '../errors.ts'
import { checkName } from '../rules/item-filter.ts'
import { numberFeature } from '../rules/rule-features.ts'

/** What a list is ordered by, as clients send it. */
type OrderInput =
  | { readonly attribute: string; readonly feature?: never }
  | { readonly attribute?: never; readonly feature: string }

const cursor = z.union([z.tuple([z.string()]), z.tuple([z.string(), z.union([z.string(), z.number(), z.boolean()])])])

/** Returns the cursor of a place in a sorted list. It keeps its place when items are added or removed. */
export function cursorOf({ id, value }: Place): string {
  return Buffer.from(JSON.stringify(value === undefined ? [id] : [id, value])).toString('base64url')
}

/**
 * Returns the place of a cursor; undefined without one.
 * @throws LiverankError BAD_USER_INPUT if the text is not a cursor of a sorted list
 */
export function placeAt(text: string | undefined): Place | undefined {
  if (text === undefined) return undefined
  try {
    const [id, value] = cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { id, value }
  } catch (error) {
    throw new LiverankError('BAD_USER_INPUT', `Invalid cursor ${text}: pass a cursor that this query returned.`, { cause: error })
  }
}

/**
 * @param kinds kinds of features that can order the list
 * @throws LiverankError BAD_USER_INPUT naming an attribute or feature that cannot order the list
 */
export function sortOrder(
  input: OrderInput | null | undefined,
  direction: SortOrder['direction'],
  accumulators: AccumulatorSet,
  kinds: readonly EntityKind[],
): SortOrder | undefined {
  if (!input) return undefined
  if (input.attribute !== undefined) {
    checkName(input.attribute, 'orderBy.attribute')
    return { by: { attribute: input.attribute }, direction }
  }
  return { by: { feature: numberFeature(accumulators, kinds, input.feature, 'orderBy.feature') }, direction }
}
