import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { highestRows, rankOrder, rankScore } from '../../src/state/rank-order.ts'

const finite = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.double({ noNaN: true, min: -(2 ** 1022), max: 2 ** 1022 }),
  fc.double({ noNaN: true, min: 0.99999, max: 1.00001 }),
  fc.constantFrom(0, -0, 5e-324, -5e-324, 1e-310),
)

describe('the order by rank', () => {
  it('is that of the rounded scores, without rows that have none, and ties share their rank', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(finite, fc.constant(Number.NaN)), { maxLength: 60 }), (scores) => {
        const { rows, higher } = rankOrder(scores)
        const known = [...scores.keys()].filter((row) => !Number.isNaN(scores[row]))
        expect([...rows].sort((a, b) => a - b)).toEqual(known)
        for (const [place, row] of rows.entries())
          expect(higher[place]).toBe(known.filter((other) => rankScore(scores[other]) > rankScore(scores[row])).length)
      }),
    )
  })

  it('has infinite scores at its ends', () => {
    const { rows, higher } = rankOrder([1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1, Number.NEGATIVE_INFINITY])
    expect([...rows.subarray(0, 3)]).toEqual([2, 0, 3])
    expect([...higher]).toEqual([0, 1, 2, 3, 3])
  })
})

describe('the highest rows', () => {
  it('equal those of a comparing sort of the rounded scores', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(finite, fc.nat(3)), { maxLength: 60 }), fc.nat(40), (given, limit) => {
        const scores = given.map(([score]) => score)
        const compare = (a: number, b: number) => given[a][1] - given[b][1] || a - b
        // Of two zeros, none is higher.
        const sorted = [...scores.keys()].sort((a, b) => rankScore(scores[b]) - rankScore(scores[a]) || compare(a, b))
        expect([...highestRows(scores, limit, compare)]).toEqual(sorted.slice(0, limit))
      }),
    )
  })
})
