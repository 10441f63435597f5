import { describe, expect, it } from 'vitest'
import { valuesOf } from '../../src/accumulators/counted-values.ts'

describe('values of a declared attribute', () => {
  it.each([
    ['a text', { category: 'shoes' }, ['shoes']],
    ['a list of texts, of which five count', { category: ['a', 'b', 'c', 'd', 'e', 'f'] }, ['a', 'b', 'c', 'd', 'e']],
    ['a number, which is none', { category: 7 }, []],
    ['nothing', {}, []],
  ])('are those of %s', (_, attributes, expected) => {
    expect(valuesOf(attributes, 'category')).toEqual(expected)
  })
})
