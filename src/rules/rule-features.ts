import type { EntityKind, Feature } from '../accumulators/accumulator.ts'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { InvalidInputError } from '../errors.ts'

/** A feature with a number as its value, rather than a breakdown. */
export type NumberFeature = Feature & Required<Pick<Feature, 'column'>>

/** Kinds of features that a filter of items may use. */
export const OF_ITEMS: readonly EntityKind[] = ['ITEM', 'ATTRIBUTE']
/** Kinds of features that a filter of users may use. */
export const OF_USERS: readonly EntityKind[] = ['USER']
/** Kinds of features that the rules of a slate may use. The user and the context of a slate are known. */
export const OF_CANDIDATES: readonly EntityKind[] = [...OF_ITEMS, 'USER_ITEM', 'USER', 'CONTEXT']

/**
 * Returns the number feature of a name.
 * @throws InvalidInputError if no feature of these kinds has that name, or its value is not a number
 */
export function numberFeature(
  accumulators: AccumulatorSet,
  kinds: readonly EntityKind[],
  name: string,
  path: string,
): NumberFeature {
  const { column, ...feature } = accumulators.features.get(name) ?? { name, entity: undefined }
  if (feature.entity === undefined)
    throw new InvalidInputError(`${path}: unknown feature ${name}. Use a name that the query accumulators lists.`, path)
  if (!kinds.includes(feature.entity))
    throw new InvalidInputError(`${path}: ${name} is a feature of ${feature.entity}, not of ${kinds.join(' or ')}.`, path)
  if (!column) throw new InvalidInputError(`${path}: ${name} is a breakdown, not a number.`, path)
  return { ...feature, column }
}
