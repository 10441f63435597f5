import { rankScore, rankScores } from '../state/rank-score.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import type { FeatureInput } from './feature-input.ts'
import { oncePerInput } from './once-per-input.ts'

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
    unit: 'share',
    missing: `when ${feature.name} is missing`,
    ...(feature.monotone && { monotone: feature.monotone === 1 ? -1 : 1 }),
    column: (input) => {
      const values = rowsOf(input)
      const sorted = rankScores(known(values)).sort()
      const last = Math.max(1, sorted.length - 1)
      // Neighbours are often equal, above all in what few of them have.
      let heldValue = Number.NaN
      let place = Number.NaN
      return (row) => {
        const value = values[row]
        if (Number.isNaN(value)) return Number.NaN
        if (value !== heldValue) {
          place = largerThan(sorted, rankScore(value)) / last
          heldValue = value
        }
        return place
      }
    },
  }
}

/** A copy without what is missing. */
function known(values: Float64Array): Float64Array {
  const copy = new Float64Array(values.length)
  let length = 0
  for (let row = 0; row < values.length; row++) if (!Number.isNaN(values[row])) copy[length++] = values[row]
  return copy.subarray(0, length)
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

function ratioFeature(feature: Feature, rowsOf: AllRows): Feature {
  return {
    name: `${feature.name}_ratio`,
    entity: 'SLATE',
    description: `${feature.name} divided by its mean over all candidates of the slate`,
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
