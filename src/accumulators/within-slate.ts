import type { Accumulator, Feature } from './accumulator.ts'
import type { FeatureInput } from './feature-input.ts'

const memory = new WeakMap<FeatureInput, Map<Feature, Float64Array>>()

/** Found once per input, for the rank and the ratio of a feature. */
function allRows(feature: Feature, input: FeatureInput): Float64Array {
  const ofInput = memory.get(input) ?? new Map<Feature, Float64Array>()
  memory.set(input, ofInput)
  let values = ofInput.get(feature)
  if (!values) {
    const value = feature.column!(input)
    values = Float64Array.from(input.itemIds, (_, row) => value(row))
    ofInput.set(feature, values)
  }
  return values
}

/** Place by value, largest first, equal values sharing the best place; as a share of the rows that have one: near 0 is the top. */
function rankFeature(feature: Feature): Feature {
  return {
    name: `${feature.name}_rank`,
    entity: 'SLATE',
    description: `Place among all candidates by ${feature.name}, as a share: 0 is the largest value, 1 the smallest`,
    unit: 'share',
    missing: `where ${feature.name} is`,
    column: (input) => {
      const values = allRows(feature, input)
      const sorted = values.filter((value) => !Number.isNaN(value)).sort()
      const last = Math.max(1, sorted.length - 1)
      return (row) => (Number.isNaN(values[row]) ? Number.NaN : largerThan(sorted, values[row]) / last)
    },
  }
}

function largerThan(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle] <= value) low = middle + 1
    else high = middle
  }
  return sorted.length - low
}

function ratioFeature(feature: Feature): Feature {
  return {
    name: `${feature.name}_ratio`,
    entity: 'SLATE',
    description: `${feature.name} over its mean among all candidates`,
    unit: 'ratio',
    missing: `where ${feature.name} is, or its mean is 0`,
    column: (input) => {
      const values = allRows(feature, input)
      const known = values.filter((value) => !Number.isNaN(value))
      const mean = known.reduce((sum, value) => sum + value, 0) / known.length
      return (row) => (mean > 0 ? values[row] / mean : Number.NaN)
    },
  }
}

/**
 * Figures that scale with the traffic of a shop, made comparable: each chosen feature as its rank and its ratio to the mean
 * among the candidates of one decision, before any is left out.
 */
export function withinSlate(features: readonly Feature[]): Accumulator {
  return {
    name: 'within_slate',
    entity: 'SLATE',
    description: 'How a candidate compares with the other candidates of the same slate.',
    roles: [],
    features: features.flatMap((feature) => [rankFeature(feature), ratioFeature(feature)]),
  }
}
