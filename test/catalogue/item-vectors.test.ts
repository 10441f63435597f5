import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Catalogue } from '../../src/catalogue/catalogue.ts'
import { checkVector, ItemVectors, MAX_DIMENSIONS, vectorOf } from '../../src/catalogue/item-vectors.ts'
import type { Json } from '../../src/state/user-value.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'

const all = () => true
const vector = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 3, maxLength: 3 }).filter((v) => v.some((x) => x !== 0))

function cosine(a: readonly number[], b: readonly number[]): number {
  const product = (x: readonly number[], y: readonly number[]) => x.reduce((sum, element, i) => sum + element * y[i], 0)
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b))
}

describe('vectors of items', () => {
  it('give the nearest by cosine, whatever was changed and removed before, and in whatever order', () => {
    const change = fc.tuple(fc.integer({ min: 0, max: 99 }), fc.option(vector))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), vector, fc.integer({ min: 1, max: 9 }), (changes, asked, count) => {
        const vectors = new ItemVectors()
        const model = new Map<string, number[]>()
        for (const [item, value] of changes) {
          vectors.set(`i${item}`, value ?? undefined)
          if (value) model.set(`i${item}`, value)
          else model.delete(`i${item}`)
        }
        expect(vectors.size).toBe(model.size)
        vectors.set('asked', asked)
        const { itemIds, cosines } = vectors.nearest(vectors.mean(['asked'])!, count, (itemId) => itemId !== 'asked')
        const near = [...model].map(([itemId, value]) => ({ itemId, cosine: cosine(asked, value) }))
        const expected = near.map(({ cosine }) => cosine).filter((value) => value > 1e-6)
        expected.sort((a, b) => b - a)
        expect(cosines.filter((value) => value > 1e-6)).toEqual(expected.slice(0, count).map((value) => expect.closeTo(value, 5)))
        for (const [at, itemId] of itemIds.entries()) expect(cosines[at]).toBeCloseTo(cosine(asked, model.get(itemId)!), 5)
        for (const [itemId, value] of model)
          expect(vectors.cosine(vectors.mean(['asked'])!, itemId)).toBeCloseTo(cosine(asked, value), 5)
      }),
    )
  })

  it('are found among many, of which not all are compared', () => {
    const random = seededRandomness(7)
    const normal = () => {
      let sum = 0
      for (let i = 0; i < 6; i++) sum += random.integer(2 ** 32) / 2 ** 32 - 0.5
      return sum
    }
    // Five thousand items in fifty groups: those of a group point one way, more or less.
    const centres = Array.from({ length: 50 }, () => Array.from({ length: 32 }, normal))
    const held = Array.from({ length: 5000 }, (_, i) => centres[i % 50].map((x) => x + 0.5 * normal()))
    const vectors = new ItemVectors()
    for (const [i, value] of held.entries()) vectors.set(`i${i}`, value)
    let found = 0
    for (let i = 0; i < 50; i++) {
      const near = vectors.nearest(vectors.mean([`i${i}`])!, 20, all)
      const exact = held.map((value, j) => [j, cosine(held[i], value)] as const).sort((a, b) => b[1] - a[1])
      const wanted = new Set(exact.slice(0, 20).map(([j]) => `i${j}`))
      found += near.itemIds.filter((itemId) => wanted.has(itemId)).length
    }
    expect(found / 1000).toBeGreaterThan(0.99)
  })

  it('are compared with vectors of their own length, and a mean uses the length of the first', () => {
    const vectors = new ItemVectors()
    vectors.set('a', [1, 0])
    vectors.set('b', [0, 2])
    vectors.set('long', [1, 1, 1])
    expect(vectors.dimensions).toBe(2)
    expect([...vectors.mean(['nobody', 'a', 'long', 'b'])!]).toEqual([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)])
    expect(vectors.nearest(vectors.mean(['long', 'a'])!, 9, all).itemIds).toEqual(['long'])
    expect(vectors.cosine(vectors.mean(['a'])!, 'long')).toBeNaN()
    // An item whose vector changes its length is with the others of that length.
    vectors.set('a', [1, 1, 0])
    expect(vectors.nearest(vectors.mean(['long'])!, 9, all).itemIds).toEqual(['long', 'a'])
    expect([vectors.mean([]), vectors.mean(['nobody'])]).toEqual([undefined, undefined])
  })

  it('have a mean without a direction if they point in opposite directions', () => {
    const vectors = new ItemVectors()
    vectors.set('a', [3, -1])
    vectors.set('b', [-3, 1])
    expect(vectors.mean(['a', 'b'])).toBeUndefined()
    expect(vectors.nearest(vectors.mean(['a'])!, 9, all)).toEqual({ itemIds: ['a'], cosines: [expect.closeTo(1, 6)] })
  })

  it.each([[[1e-320, 1e-320]], [[1e300, 1e300]], [[5, 5]]])('can be as small or as large as numbers can be: %j', (value) => {
    const vectors = new ItemVectors()
    vectors.set('a', value)
    vectors.set('b', [1, 0])
    expect(vectors.cosine(vectors.mean(['b'])!, 'a')).toBeCloseTo(Math.SQRT1_2, 5)
  })
})

describe('a value that is not a vector', () => {
  const path = 'attributes.embedding'
  it.each<[Json, number | undefined, string]>([
    ['1,2', undefined, path],
    [{ 0: 1 }, undefined, path],
    [[], undefined, path],
    [[0, 0], undefined, path],
    [[1, 'two'], undefined, `${path}.1`],
    [[1, null], undefined, `${path}.1`],
    [[Number.NaN, 1], undefined, `${path}.0`],
    [new Array(MAX_DIMENSIONS + 1).fill(1), undefined, path],
    [[1, 2, 3], 2, path],
  ])('is refused with its place: %j', (value, dimensions, field) => {
    expect(() => checkVector(value, dimensions, path)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', field }))
    if (dimensions === undefined) expect(vectorOf(value)).toBeUndefined()
  })

  it('is not among the vectors', () => {
    expect(() => checkVector([0, 1e-300], 2, path)).not.toThrow()
    expect(vectorOf([0, -2])).toEqual([0, -2])
  })
})

describe('a catalogue', () => {
  const item = (embedding: Json, change: object = {}) => ({
    ...{ attributes: { embedding }, available: true, updatedAt: 1, addedAt: 1, deleted: false },
    ...change,
  })

  it('holds the vectors of the items that can be recommended', () => {
    const catalogue = new Catalogue({}, 'embedding')
    for (const [itemId, embedding] of [
      ['a', [1, 0]],
      ['b', [1, 1]],
      ['c', 'none'],
      ['d', [1, 1, 1]],
    ] as const)
      catalogue.set(itemId, item(embedding as Json))
    const near = () => catalogue.vectors.nearest(catalogue.vectors.mean(['a'])!, 9, all).itemIds
    expect(near()).toEqual(['a', 'b'])
    catalogue.set('b', item([1, 1], { available: false, updatedAt: 2 }))
    expect(near()).toEqual(['a'])
    catalogue.set('b', item([1, 1], { updatedAt: 3 }))
    expect(near()).toEqual(['a', 'b'])
    catalogue.set('b', item(null, { updatedAt: 4 }))
    expect(near()).toEqual(['a'])
    catalogue.set('a', item([1, 0], { updatedAt: 5, deleted: true }))
    expect(catalogue.vectors.size).toBe(1)
    expect(catalogue.vectors.dimensions).toBe(3)
  })

  it('lists the items that were added last first, however often they change later', () => {
    const catalogue = new Catalogue({})
    const newest = () => Array.from(catalogue.newest(), ({ itemId }) => itemId)
    for (const [itemId, addedAt] of [
      ['b', 2],
      ['d', 5],
      ['a', 2],
      ['c', 3],
    ] as const)
      catalogue.set(itemId, item(null, { addedAt }))
    expect(newest()).toEqual(['d', 'c', 'a', 'b'])
    catalogue.set('b', item(null, { addedAt: 2, updatedAt: 9 }))
    expect(newest()).toEqual(['d', 'c', 'a', 'b'])
    catalogue.set('d', item(null, { addedAt: 5, updatedAt: 9, deleted: true }))
    catalogue.set('e', item(null, { addedAt: 5 }))
    expect(newest()).toEqual(['e', 'c', 'a', 'b'])
    // What is being read stays in its order.
    const reading = catalogue.newest()
    expect(reading.next().value?.itemId).toBe('e')
    catalogue.set('old', item(null, { addedAt: 1 }))
    expect(newest()).toEqual(['e', 'c', 'a', 'b', 'old'])
    expect(Array.from(reading, ({ itemId }) => itemId)).toEqual(['c', 'a', 'b'])
  })
})
