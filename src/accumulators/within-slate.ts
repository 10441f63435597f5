import { rankOrder } from '../state/rank-order.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import { type FeatureInput, oncePerInput } from './feature-input.ts'
import { featureLabel, withinLabel } from './feature-label.ts'

/** Values of all rows, for the rank and the ratio of a feature. */
type AllRows = (input: FeatureInput) => Float64Array

function allRows(feature: Feature): AllRows {
  return oncePerInput((input) => {
    const value = feature.column!(input)
    const values = new Float64Array(input.itemIds.length)
    for (let row = 0; row < values.length; row++) values[row] = value(row)
    return values
  })
}

/** Place by `rankScore` of the value, largest first; ties share the best place. A share of the rows that have a value: 0 is the top. */
function rankFeature(feature: Feature, rowsOf: AllRows): Feature {
  return {
    name: `${feature.name}_rank`,
    entity: 'SLATE',
    description: `Place of the item when all candidates of the slate are ordered by ${feature.name}: from 0 for the largest value to 1 for the smallest`,
    label: `Place among the candidates by ${withinLabel(featureLabel(feature))}`,
    unit: 'place',
    missing: `when ${feature.name} is missing`,
    ...(feature.monotone && { monotone: feature.monotone === 1 ? -1 : 1 }),
    column: (input) => {
      const values = rowsOf(input)
      const { rows, higher } = rankOrder(values)
      const last = Math.max(1, rows.length - 1)
      const shares = new Float64Array(values.length).fill(Number.NaN)
      for (let place = 0; place < rows.length; place++) shares[rows[place]] = higher[place] / last
      return (row) => shares[row]
    },
  }
}

function ratioFeature(feature: Feature, rowsOf: AllRows): Feature {
  return {
    name: `${feature.name}_ratio`,
    entity: 'SLATE',
    description: `${feature.name} divided by its mean over all candidates of the slate`,
    label: `${featureLabel(feature)}, compared with the mean of the candidates`,
    unit: 'ratio',
    missing: `when ${feature.name} is missing, or its mean is 0`,
    ...(feature.monotone && { monotone: feature.monotone }),
    column: (input) => {
      const values = rowsOf(input)
      let sum = 0
      let count = 0
      for (let row = 0; row < values.length; row++) {
        if (Number.isNaN(values[row])) continue
        sum += values[row]
        count++
      }
      const mean = sum / count
      return (row) => (mean > 0 ? values[row] / mean : Number.NaN)
    },
  }
}

/**
 * Makes rank and ratio features that do not depend on a shop's traffic. They compare the value of each chosen feature with those of
 * all candidates of one decision, before any candidate is left out: the rank, and the ratio to the mean.
 */
export function withinSlate(features: readonly Feature[]): Accumulator {
  return {
    name: 'within_slate',
    entity: 'SLATE',
    description: 'How a candidate compares with the other candidates of its slate.',
    roles: [],
    features: features.flatMap((feature) => {
      const rowsOf = allRows(feature)
      return [rankFeature(feature, rowsOf), ratioFeature(feature, rowsOf)]
    }),
  }
}
