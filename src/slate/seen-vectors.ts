import { crc32 } from 'node:zlib'
import type { Explainer } from '../ranking/model-ranker.ts'
import type { Seen } from './rank.ts'

/** Where an item stands in its slate, with the model's score. */
interface Placed {
  readonly itemId: string
  readonly position: number
  readonly score: number
}

/** Feature vectors and scores of a slate's items, as the model saw them. */
export interface SeenVectors {
  /** Feature names of the columns, in the order of the model. */
  readonly features: readonly string[]
  /** Slate position by row, for the items that the model ranked. */
  readonly positions: readonly number[]
  /** Feature values, row-major float32; NaN if missing. */
  readonly matrix: Float32Array
  /** Score of the model by row, before boosts. */
  readonly scores: Float32Array
}

/** Packed form of `SeenVectors`, kept with a slate. A column with the same value in all rows takes one value. */
export interface PackedVectors {
  readonly positions: readonly number[]
  /** Checksum of the feature names. The names are kept with the model. */
  readonly of: number
  /** Base64 of: one bit per column that is set if all its values are equal, the columns one after another, the scores. */
  readonly values: string
}

/** Contribution of one feature to the score of an item. */
export interface FeatureContribution {
  readonly name: string
  /** Value of the feature; NaN if missing. */
  readonly value: number
  /** Contribution to the score, in units of the score. */
  readonly contribution: number
}

/** Parts of a score: `base` plus all contributions is the score. */
export interface ScoreParts {
  readonly base: number
  /** Contributions other than 0, largest effect first. */
  readonly contributions: readonly FeatureContribution[]
}

/** How far apart scores of the same model may be. */
const TOLERANCE = 1e-5

/** Selects the feature vectors of a slate's items from those of all candidates. @param itemIds candidates by row */
export function vectorsOf(items: readonly Placed[], itemIds: readonly string[], seen: Seen): SeenVectors {
  const { features, matrix, scores } = seen
  const ranked = items.flatMap(({ itemId, position }) => {
    const row = itemIds.indexOf(itemId)
    return row < 0 ? [] : [{ position, row }]
  })
  const width = features.length
  const own = new Float32Array(ranked.length * width)
  ranked.forEach(({ row }, at) => {
    own.set(matrix.subarray(row * width, (row + 1) * width), at * width)
  })
  return {
    features,
    positions: ranked.map(({ position }) => position),
    matrix: own,
    scores: Float32Array.from(ranked, ({ row }) => scores[row]),
  }
}

/** Returns the feature values of the item at a position, by name; undefined if the model did not rank it. */
export function seenOf({ features, positions, matrix }: SeenVectors, position: number): Map<string, number> | undefined {
  const row = positions.indexOf(position)
  if (row < 0) return undefined
  return new Map(features.map((name, column) => [name, matrix[row * features.length + column]]))
}

/**
 * Splits the score of an item into parts. Boost factors multiply every part.
 * @returns undefined if the model did not rank the item, or if the explainer is not of the model that ranked the slate
 */
export function scoreParts(
  { position, score }: Pick<Placed, 'position' | 'score'>,
  { features, positions, matrix, scores }: SeenVectors,
  explainer: Explainer,
): ScoreParts | undefined {
  const row = positions.indexOf(position)
  if (row < 0) return undefined
  const start = row * features.length
  const { base, contributions } = explainer.explain(matrix, start)
  const unboosted = contributions.reduce((sum, contribution) => sum + contribution, base)
  if (!(Math.abs(unboosted - scores[row]) <= TOLERANCE)) return undefined
  const factor = unboosted === 0 ? 1 : score / unboosted
  const parts = features
    .map((name, column) => ({ name, value: matrix[start + column], contribution: contributions[column] * factor }))
    .filter(({ contribution }) => contribution !== 0)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
  return { base: base * factor, contributions: parts }
}

/** Packs the feature vectors and scores of a slate. A feature with the same value for all items takes the place of one value. */
export function packVectors({ features, positions, matrix, scores }: SeenVectors): PackedVectors {
  const rows = positions.length
  const width = features.length
  const isSame = new Uint8Array(Math.ceil(width / 8))
  const values = new Float32Array(rows * (width + 1))
  let length = 0
  for (let column = 0; column < width; column++) {
    let row = 1
    while (row < rows && Object.is(matrix[row * width + column], matrix[column])) row++
    const kept = row === rows ? 1 : rows
    if (row === rows) isSame[column >> 3] |= 1 << (column & 7)
    for (let at = 0; at < kept; at++) values[length++] = matrix[at * width + column]
  }
  values.set(scores, length)
  const bytes = Buffer.alloc(isSame.length + (length + rows) * 4)
  bytes.set(isSame)
  for (let at = 0; at < length + rows; at++) bytes.writeFloatLE(values[at], isSame.length + at * 4)
  return { positions, of: checksum(features), values: bytes.toString('base64') }
}

/**
 * Unpacks the feature vectors of a slate.
 * @param features current feature names of the model
 * @returns undefined if the feature names differ, or if the data is invalid
 */
export function unpackVectors(
  { positions, of, values }: PackedVectors,
  features: readonly string[] | undefined,
): SeenVectors | undefined {
  if (features === undefined || checksum(features) !== of) return undefined
  const bytes = Buffer.from(values, 'base64')
  const rows = positions.length
  const width = features.length
  const matrix = new Float32Array(rows * width)
  let at = Math.ceil(width / 8)
  const isSame = bytes.subarray(0, at)
  const next = () => {
    const value = bytes.readFloatLE(at)
    at += 4
    return value
  }
  try {
    for (let column = 0; column < width; column++) {
      const one = (isSame[column >> 3] >> (column & 7)) & 1 ? next() : undefined
      for (let row = 0; row < rows; row++) matrix[row * width + column] = one ?? next()
    }
    return { features, positions, matrix, scores: Float32Array.from({ length: rows }, next) }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function checksum(features: readonly string[]): number {
  return crc32(features.join('\n'))
}
