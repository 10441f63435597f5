import { describe, expect, it } from 'vitest'
import { highest } from '../../src/candidates/source.ts'

describe('the highest of many scores', () => {
  it('come best first, as many as wanted, ties by item id', () => {
    const scores = new Map([
      ['b', 1],
      ['c', 3],
      ['a', 1],
      ['d', 0],
    ])
    expect(highest(scores, 3)).toEqual({ itemIds: ['c', 'a', 'b'], scores: [3, 1, 1] })
    expect(highest(scores, 10).itemIds).toEqual(['c', 'a', 'b', 'd'])
    expect(highest(scores, 0)).toEqual({ itemIds: [], scores: [] })
  })

  it('tie if they differ only by rounding', () => {
    const scores = new Map([
      ['b', 0.1 + 0.2],
      ['a', 0.3],
      ['c', 0.30001],
    ])
    expect(highest(scores, 3).itemIds).toEqual(['c', 'a', 'b'])
    expect(highest(scores, 2).itemIds).toEqual(['c', 'a'])
  })
})
