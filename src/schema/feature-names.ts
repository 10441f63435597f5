import type { EntityKind, Feature } from '../accumulators/accumulator.ts'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { LiverankError } from '../errors.ts'

const MAX_NAMES = 200

/**
 * Complexity of the other fields of a type that has a list of features. A list of such objects multiplies by objects and features,
 * so its other fields count as a part of a feature.
 */
export const BESIDE_FEATURES = 0.05
/** Complexity of a list field whose entries each have a list of features: it multiplies the features by the entries. */
export const LIST_OF_FEATURES = { field: BESIDE_FEATURES, multiplier: 1 }

/** Returns the number of features that `featuresNamed` returns. */
export function featureCount(
  accumulators: AccumulatorSet,
  kinds: readonly EntityKind[] | undefined,
  names: readonly string[] | null | undefined,
): number {
  return names ? names.length : featuresNamed(accumulators, kinds, null).length
}

/**
 * Returns the named features, in the order of the names; all features of the kinds without names.
 * @param kinds kinds of features to allow; all if undefined
 * @throws LiverankError BAD_USER_INPUT naming a name that no feature of these kinds has
 */
export function featuresNamed(
  accumulators: AccumulatorSet,
  kinds: readonly EntityKind[] | undefined,
  names: readonly string[] | null | undefined,
): Feature[] {
  if (!names)
    return [...accumulators.features.values()].filter(
      ({ entity, column, breakdown }) => kinds?.includes(entity) !== false && (column ?? breakdown) !== undefined,
    )
  if (names.length > MAX_NAMES)
    throw new LiverankError('BAD_USER_INPUT', `${names.length} feature names were passed; at most ${MAX_NAMES} are allowed.`)
  return names.map((name) => {
    const feature = accumulators.features.get(name)
    if (!feature)
      throw new LiverankError('BAD_USER_INPUT', `Unknown feature ${name}: use a name that the query accumulators lists.`)
    if (kinds && !kinds.includes(feature.entity)) {
      throw new LiverankError('BAD_USER_INPUT', `${name} is a feature of ${feature.entity}, not of ${kinds.join(' or ')}.`)
    }
    return feature
  })
}
