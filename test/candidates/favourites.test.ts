import { describe, expect, it } from 'vitest'
import { TRENDING } from '../../src/accumulators/item-activity.ts'
import { favouritesSource } from '../../src/candidates/users-items.ts'
import { attributeKey } from '../../src/state/slots.ts'
import { candidateRequest, userWhoDid } from '../support/user-who-did.ts'

const source = favouritesSource(5, ['category', 'brand'])
/** Three lamps, two vases, one bowl; of two brands. */
const user = userWhoDid([
  ...[1, 2, 3].map((i) => ({ itemId: `l${i}`, attributes: { category: 'lamp', brand: 'lux' } })),
  ...[1, 2].map((i) => ({ itemId: `v${i}`, attributes: { category: 'vase', brand: 'lux' } })),
  { itemId: 'b1', attributes: { category: 'bowl', brand: 'clay' } },
])
const list = (scores: Record<string, number>) => ({
  epoch: 0,
  latest: 0,
  members: Object.keys(scores),
  scores: Float64Array.from(Object.values(scores)),
})

describe('favourites', () => {
  it('read the top lists of the two values of each attribute that the user likes most', () => {
    const read = (attribute: string, value: string) => ({ entity: attributeKey(attribute, value), set: TRENDING, limit: 5 })
    expect(source.reads(candidateRequest(user)).sets).toEqual([
      read('category', 'lamp'),
      read('category', 'vase'),
      read('brand', 'lux'),
      read('brand', 'clay'),
    ])
    expect(source.reads(candidateRequest(userWhoDid([])))).toEqual({ sets: [] })
  })

  it('are ordered by the share of their value and their rank on its list, each once, with the best reason', () => {
    const sets = [list({ a: 10, b: 5 }), list({ c: 900 }), list({ b: 4, d: 1 }), list({})]
    const { itemIds, scores, reason } = source.candidates(candidateRequest(user), { sets, lists: [], strengths: [] })
    // lux: 5 of 6; lamp: 3 of 6; vase: 2 of 6.
    expect(itemIds).toEqual(['b', 'a', 'c', 'd'])
    expect(scores).toEqual([5 / 6, 1 / 2, 1 / 3, 5 / 24].map((score) => expect.closeTo(score, 9)))
    expect(itemIds.map((_, at) => reason(at).code)).toEqual([
      'FAVOURITE_BRAND',
      'FAVOURITE_CATEGORY',
      'FAVOURITE_CATEGORY',
      'FAVOURITE_BRAND',
    ])
    const few = favouritesSource(2, ['category', 'brand'])
    expect(few.candidates(candidateRequest(user), { sets, lists: [], strengths: [] }).itemIds).toEqual(['b', 'a'])
  })
})
