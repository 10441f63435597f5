import type { Feature, FeatureShare } from '../accumulators/accumulator.ts'
import { valueOrMissing } from '../accumulators/accumulator-set.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'

/** Value of a feature for one row. */
export interface NamedValue {
  readonly name: string
  readonly value: number | null
  readonly breakdown: readonly FeatureShare[] | null
}

/** Returns the values of features for one row; null if missing. */
export function featureValues(features: readonly Feature[], input: FeatureInput, row: number): NamedValue[] {
  return features.map(({ name, column, breakdown }) => ({
    name,
    value: column ? present(valueOrMissing(column(input)(row))) : null,
    breakdown: breakdown ? breakdown(input) : null,
  }))
}

/** Returns missing values of features, for something unknown. */
export function missingValues(features: readonly Feature[]): NamedValue[] {
  return features.map(({ name, breakdown }) => ({ name, value: null, breakdown: breakdown ? [] : null }))
}

function present(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
