import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { offlineNeighboursSource } from '../../src/candidates/offline.ts'
import type { CandidateRequest, Candidates } from '../../src/candidates/source.ts'
import { rankScore } from '../../src/state/rank-order.ts'
import { DAY } from '../../src/time-units.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { type Neighbours, servedLists } from '../support/neighbour-lists.ts'
import { candidateRequest, userWhoDid } from '../support/user-who-did.ts'

const TTL = 30 * DAY
const ANSWERS = { sets: [], lists: [], strengths: [] }

function proposed(quota: number, request: CandidateRequest): Candidates {
  return offlineNeighboursSource(quota, TTL).candidates(request, ANSWERS)
}

const viewed = (...itemIds: string[]) => userWhoDid(itemIds.map((itemId, i) => ({ itemId, ago: itemIds.length - i })))

describe('neighbours from uploaded lists', () => {
  it('are summed over the history of the user, with less weight for earlier items', () => {
    const neighbourLists = servedLists({ a: { x: 2, y: 1 }, b: { y: 3, z: 2 } }, 5)
    const { itemIds, scores, reason, generatedAt } = proposed(5, candidateRequest(viewed('a', 'b'), { neighbourLists }))
    const earlier = Math.exp(-1 / 5)
    expect(itemIds).toEqual(['y', 'z', 'x'])
    expect(scores).toEqual([expect.closeTo(3 + earlier, 12), 2, expect.closeTo(2 * earlier, 12)])
    // The reason names the item that gave the most.
    expect([0, 1, 2].map((at) => reason(at).anchorItemId)).toEqual(['b', 'b', 'a'])
    expect(reason(0).code).toBe('BECAUSE_YOU_VIEWED')
    expect(generatedAt).toBe(neighbourLists.served.generatedAt)
  })

  it('are proposed to users without an open session, but not for items of too long ago', () => {
    const neighbourLists = servedLists({ old: { x: 1 }, older: { y: 1 } })
    const user = userWhoDid([
      { itemId: 'older', ago: TTL + 1 },
      { itemId: 'old', ago: TTL },
    ])
    const request = candidateRequest(user, { neighbourLists })
    expect(request.session).toBeUndefined()
    expect(proposed(5, request).itemIds).toEqual(['x'])
  })

  it('follow from the items on screen too, which weigh as much as the latest item', () => {
    const neighbourLists = servedLists({ a: { x: 1 }, b: { y: 2 }, c: { z: 2 } }, 1)
    const request = candidateRequest(viewed('c', 'a'), { neighbourLists, anchorItemIds: ['a', 'b'] })
    const { itemIds, scores, reason } = proposed(5, request)
    expect([itemIds, scores]).toEqual([
      ['y', 'z', 'x'],
      [2, 2, 1],
    ])
    expect([0, 1, 2].map((at) => reason(at).code)).toEqual(['SIMILAR_TO_THIS', 'BECAUSE_YOU_VIEWED', 'SIMILAR_TO_THIS'])
  })

  it('are as many admitted items as the quota allows, also behind items that the rules refuse', () => {
    const scores = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x${i}`, 40 - i]))
    const admits = (itemId: string) => Number(itemId.slice(1)) % 10 === 9
    const request = candidateRequest(viewed('a'), { neighbourLists: servedLists({ a: scores }), admits })
    expect(proposed(3, request).itemIds).toEqual(['x9', 'x19', 'x29'])
    expect(proposed(30, request).itemIds).toEqual(['x9', 'x19', 'x29', 'x39'])
  })

  it('are none without lists, without a history, and for items without a list', () => {
    const neighbourLists = servedLists({ a: { x: 1 }, b: {} })
    expect(proposed(5, candidateRequest(viewed('a'))).itemIds).toEqual([])
    expect(proposed(5, candidateRequest(viewed(), { neighbourLists })).itemIds).toEqual([])
    expect(proposed(5, candidateRequest(viewed('x', 'b', 'unknown'), { neighbourLists })).itemIds).toEqual([])
  })

  it('stay the same however often they are asked for', () => {
    const request = candidateRequest(viewed('a', 'b'), { neighbourLists: servedLists({ a: { x: 1 }, b: { x: 1, y: 3 } }) })
    const first = proposed(5, request)
    expect(proposed(5, request)).toMatchObject({ itemIds: first.itemIds, scores: first.scores })
    expect(first.scores).toEqual([3, 2])
  })

  const item = fc.constantFrom(...'abcdefghij')
  const score = fc.oneof(fc.double({ min: 1e-300, max: 1e12, noNaN: true }), fc.constantFrom(0.5, 1))
  const lists = fc
    .dictionary(item, fc.dictionary(item, score))
    .map((all) => Object.fromEntries(Object.entries(all).map(([of, { [of]: _, ...others }]) => [of, others])))
  const history = fc.uniqueArray(item, { maxLength: 8 })
  const cases = fc.tuple(
    lists,
    history,
    fc.uniqueArray(item, { maxLength: 3 }),
    fc.uniqueArray(item),
    fc.constantFrom(0, 0.001, 2, 30),
    fc.integer({ min: 1, max: 6 }),
  )

  it(
    'come in the order of a sum over all lists',
    () =>
      checkProperty(
        fc.property(cases, ([neighbours, past, anchorItemIds, refused, decay, quota]) => {
          const admits = (itemId: string) => !refused.includes(itemId)
          const neighbourLists = servedLists(neighbours, decay)
          const request = candidateRequest(viewed(...past), { neighbourLists, anchorItemIds, admits })
          const { itemIds, scores } = proposed(quota, request)
          const expected = bruteForce(neighbours, past, anchorItemIds, decay)
            .filter(([itemId]) => admits(itemId))
            .slice(0, quota)
          expect(itemIds).toEqual(expected.map(([itemId]) => itemId))
          expect(scores).toEqual(expected.map(([, sum]) => sum))
        }),
        500,
      ),
    PROPERTY_MS,
  )
})

/** Every neighbour with its sum, highest first: what the source should find. */
function bruteForce(
  neighbours: Neighbours,
  past: readonly string[],
  onScreen: readonly string[],
  decay: number,
): [string, number][] {
  const latestFirst = past.toReversed().filter((itemId) => !onScreen.includes(itemId))
  const weights = new Map<string, number>()
  for (const itemId of onScreen) weights.set(itemId, 1)
  for (const [ago, itemId] of latestFirst.entries()) weights.set(itemId, decay > 0 ? Math.exp(-ago / decay) : 1)
  const sums = new Map<string, number>()
  for (const [itemId, weight] of weights)
    for (const [neighbour, score] of Object.entries(neighbours[itemId] ?? {}))
      if (weight * score > 0) sums.set(neighbour, (sums.get(neighbour) ?? 0) + weight * score)
  return [...sums].sort((a, b) => rankScore(b[1]) - rankScore(a[1]) || (a[0] < b[0] ? -1 : 1))
}
