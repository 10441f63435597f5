import { type AccumulatorSet, FEATURE_LAYOUT_VERSION } from '../accumulators/accumulator-set.ts'
import type { KnownFeatures } from './model-contract.ts'

/** Returns the features that these accumulators compute: a model may need them, and no others. */
export function knownFeatures(accumulators: AccumulatorSet): KnownFeatures {
  return { features: new Set(accumulators.features.keys()), layoutVersion: FEATURE_LAYOUT_VERSION }
}
