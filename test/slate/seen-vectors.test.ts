import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packVectors, unpackVectors } from '../../src/slate/seen-vectors.ts'
import { checkProperty } from '../support/check-property.ts'

const cell = fc.oneof(fc.constantFrom(Number.NaN, 0, -0, 1), fc.float())
const vectors = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 12 })).chain(([width, rows]) =>
  fc.record({
    features: fc.constant(Array.from({ length: width }, (_, i) => `feature_${i}`)),
    positions: fc.constant(Array.from({ length: rows }, (_, i) => 2 * i + 1)),
    matrix: fc.array(cell, { minLength: width * rows, maxLength: width * rows }).map((values) => Float32Array.from(values)),
    scores: fc.array(fc.float(), { minLength: rows, maxLength: rows }).map((values) => Float32Array.from(values)),
  }),
)

describe('seen vectors', () => {
  it('have the same values after packing and unpacking', async () => {
    const same = fc.property(vectors, (seen) => {
      const packed = JSON.parse(JSON.stringify(packVectors(seen)))
      expect(unpackVectors(packed, seen.features)).toEqual(seen)
    })
    await checkProperty(same, 300)
  })

  it('store values that all rows share once', () => {
    const [columns, rows] = [59, 20]
    const features = Array.from({ length: columns }, (_, i) => `f${i}`)
    const seen = (matrix: Float32Array) => ({
      features,
      matrix,
      positions: Array.from({ length: rows }, (_, row) => row + 1),
      scores: new Float32Array(rows),
    })
    const alike = packVectors(seen(new Float32Array(columns * rows).fill(Number.NaN))).values.length
    const unlike = packVectors(seen(Float32Array.from({ length: columns * rows }, (_, at) => at))).values.length
    expect(alike).toBeLessThan(500)
    expect(unlike).toBeGreaterThan(columns * rows * 4)
  })

  it('are undefined if the features have changed, or if they are cut short', async () => {
    const seen = {
      features: ['a', 'b'],
      positions: [1, 2],
      matrix: Float32Array.of(1, 2, 3, 4),
      scores: Float32Array.of(0.5, 0.25),
    }
    const packed = packVectors(seen)
    expect(unpackVectors(packed, ['b', 'a'])).toBeUndefined()
    expect(unpackVectors(packed, undefined)).toBeUndefined()
    expect(unpackVectors({ ...packed, values: packed.values.slice(0, 16) }, seen.features)).toBeUndefined()
  })
})
