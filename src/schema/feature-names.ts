import type { EntityKind, Feature } from '../accumulators/accumulator.ts'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { LiverankError } from '../errors.ts'

const MAX_NAMES = 200

/**
 * Complexity of the fields of a type that holds a list of features: whoever gives such objects multiplies by objects and features, so
 * that its other fields count as a part of a feature.
 */
export const BESIDE_FEATURES = 0.05
export const LIST_OF_FEATURES = { field: BESIDE_FEATURES, multiplier: 1 }

/** How many features `featuresNamed` gives. */
export function featureCount(
  accumulators: AccumulatorSet,
  kinds: readonly EntityKind[] | undefined,
  names: readonly string[] | null | undefined,
): number {
  return names ? names.length : featuresNamed(accumulators, kinds, null).length
}

/**
 * The features asked for, in the order asked; all of the kinds if no names are given.
 * @param kinds of whom; of anyone if undefined
 * @throws LiverankError BAD_USER_INPUT naming what is not a feature of these kinds
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
    throw new LiverankError('BAD_USER_INPUT', `${names.length} feature names; ${MAX_NAMES} are allowed.`)
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
