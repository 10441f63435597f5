import { describe, expect, it } from 'vitest'
import { itemToItemSource } from '../../src/candidates/similar-items.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { epochOf, weightAt } from '../../src/state/decay.ts'
import { itemKey } from '../../src/state/slots.ts'
import { START } from '../support/settable-clock.ts'
import { candidateRequest, userWhoDid } from '../support/user-who-did.ts'

const HOUR = 3_600_000
const PAIRS = eCommerce.pairs

/** Neighbours as a store gives them: what they were seen together is this at START. */
function neighbours(scores: Record<string, number>) {
  const ranked = Object.entries(scores).sort((a, b) => b[1] - a[1])
  return {
    epoch: epochOf(START, PAIRS.neighbours.halfLife),
    latest: 0,
    members: ranked.map(([itemId]) => itemId),
    scores: Float64Array.from(ranked, ([, score]) => score * weightAt(START, PAIRS.neighbours.halfLife)),
  }
}

const viewed = (...itemIds: string[]) => userWhoDid(itemIds.map((itemId) => ({ itemId })))

describe('items that go with others', () => {
  it('are read for the item on screen, then for the latest items of the user, but not for those too long ago', () => {
    const { reads } = itemToItemSource(5, HOUR, PAIRS)
    const user = userWhoDid([{ itemId: 'old', ago: 2 * HOUR }, { itemId: 'a', ago: HOUR }, { itemId: 'b' }])
    const read = (itemId: string) => ({ entity: itemKey(itemId), set: PAIRS.neighbours, limit: PAIRS.neighbours.capacity })
    expect(reads(candidateRequest(user))).toEqual({ sets: [read('b'), read('a')], strengths: ['b', 'a'] })
    expect(reads(candidateRequest(user, { anchorItemIds: ['a'] }))).toEqual({
      sets: [read('a'), read('b')],
      strengths: ['a', 'b'],
    })
    expect(reads(candidateRequest(userWhoDid([])))).toEqual({ sets: [], strengths: [] })
  })

  it('count more if the user acted on their anchor later, and less if more items go with this anchor', () => {
    const { candidates } = itemToItemSource(5, HOUR, PAIRS)
    const request = candidateRequest(viewed('a', 'b'))
    const { itemIds, scores, reason } = candidates(request, {
      sets: [neighbours({ x: 2, y: 1 }), neighbours({ y: 3, z: 2 })],
      lists: [],
      strengths: [3, 0],
    })
    // x: 2 / √4; y: 1 / √4 + 0.8 · 3; z: 0.8 · 2.
    expect(itemIds).toEqual(['y', 'z', 'x'])
    expect(scores).toEqual([expect.closeTo(2.9, 9), expect.closeTo(1.6, 9), expect.closeTo(1, 9)])
    // The reason names the anchor that brought the most.
    expect([0, 1, 2].map(reason)).toEqual([
      { code: 'BECAUSE_YOU_VIEWED', anchorItemId: 'a' },
      { code: 'BECAUSE_YOU_VIEWED', anchorItemId: 'a' },
      { code: 'BECAUSE_YOU_VIEWED', anchorItemId: 'b' },
    ])
  })

  it('name the item on screen as the reason if it counts most', () => {
    const { candidates } = itemToItemSource(5, HOUR, PAIRS)
    const request = candidateRequest(viewed('b'), { anchorItemIds: ['a'] })
    const { reason } = candidates(request, {
      sets: [neighbours({ x: 1 }), neighbours({ y: 1 })],
      lists: [],
      strengths: [0, 0],
    })
    expect([0, 1].map(reason)).toEqual([
      { code: 'SIMILAR_TO_THIS', anchorItemId: 'a' },
      { code: 'BECAUSE_YOU_VIEWED', anchorItemId: 'b' },
    ])
  })

  it('gain from each item on screen that they go with, as much as if it were the only one', () => {
    const { reads, candidates } = itemToItemSource(5, HOUR, PAIRS)
    const request = candidateRequest(viewed('b', 'd'), { anchorItemIds: ['a', 'b', 'c'] })
    expect(reads(request).strengths).toEqual(['a', 'b', 'c', 'd'])
    const sets = [neighbours({ x: 1, y: 2 }), neighbours({ x: 2 }), neighbours({ x: 1 }), neighbours({ z: 4 })]
    const { itemIds, scores, reason } = candidates(request, { sets, lists: [], strengths: [0, 0, 0, 0] })
    // x: 1 + 2 + 1; z: 0.8 · 4, since only d is not on screen; y: 2.
    expect(itemIds).toEqual(['x', 'z', 'y'])
    expect(scores).toEqual([expect.closeTo(4, 9), expect.closeTo(3.2, 9), expect.closeTo(2, 9)])
    expect([0, 1, 2].map(reason)).toEqual([
      { code: 'SIMILAR_TO_THIS', anchorItemId: 'b' },
      { code: 'BECAUSE_YOU_VIEWED', anchorItemId: 'd' },
      { code: 'SIMILAR_TO_THIS', anchorItemId: 'a' },
    ])
  })

  it('are as many as the quota', () => {
    const { candidates } = itemToItemSource(2, HOUR, PAIRS)
    const sets = [neighbours({ x: 1, y: 3, z: 2 })]
    expect(candidates(candidateRequest(viewed('a')), { sets, lists: [], strengths: [0] }).itemIds).toEqual(['y', 'z'])
    expect(candidates(candidateRequest(userWhoDid([])), { sets: [], lists: [], strengths: [] }).itemIds).toEqual([])
  })
})
