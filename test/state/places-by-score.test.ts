import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placesByScore } from '../../src/state/rank-order.ts'

describe('places by score', () => {
  it('equal those of a comparing sort, with NaN at the end', () => {
    const score = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double(), fc.constant(Number.NaN))
    fc.assert(
      fc.property(fc.array(fc.tuple(score, fc.nat())), fc.nat(40), (rows, limit) => {
        const scores = Float64Array.from(rows, ([value]) => value)
        const compare = (a: number, b: number) => rows[a][1] - rows[b][1] || a - b
        const known = [...scores.keys()].filter((at) => !Number.isNaN(scores[at]))
        const others = [...scores.keys()].filter((at) => Number.isNaN(scores[at]))
        const sorted = known.sort((a, b) => scores[b] - scores[a] || compare(a, b))
        expect([...placesByScore(scores, limit, compare)]).toEqual([...sorted, ...others].slice(0, limit))
      }),
    )
  })
})
