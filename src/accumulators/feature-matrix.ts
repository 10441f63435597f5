import type { Feature } from './accumulator.ts'
import type { FeatureInput } from './feature-input.ts'

/** Largest finite float32: models read features as such. */
const MOST = (2 - 2 ** -23) * 2 ** 127

/** Returns the feature value, or NaN (missing) if a float32 cannot hold it. */
export function valueOrMissing(value: number): number {
  return Math.abs(value) <= MOST ? value : Number.NaN
}

/** Returns feature values as row-major float32, rows × features; NaN if missing. */
export function featureMatrix(features: readonly Pick<Feature, 'column'>[], input: FeatureInput): Float32Array {
  const rows = input.itemIds.length
  const matrix = new Float32Array(rows * features.length)
  features.forEach(({ column }, at) => {
    const value = column ? column(input) : () => Number.NaN
    for (let row = 0; row < rows; row++) matrix[row * features.length + at] = valueOrMissing(value(row))
  })
  return matrix
}
