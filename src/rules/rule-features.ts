import type { EntityKind, Feature } from '../accumulators/accumulator.ts'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { InvalidInputError } from '../errors.ts'

/** A feature that is a number. */
export type NumberFeature = Feature & Required<Pick<Feature, 'column'>>

/** Whose features a filter of items may ask for. */
export const OF_ITEMS: readonly EntityKind[] = ['ITEM', 'ATTRIBUTE']
/** Within the rules of a slate, whose user is known. */
export const OF_CANDIDATES: readonly EntityKind[] = [...OF_ITEMS, 'USER_ITEM']

/** @throws InvalidInputError when no feature of these kinds has that name, or it is no number */
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
