import { describe, expect, it } from 'vitest'
import { TRENDING } from '../../src/accumulators/item-activity.ts'
import { trendingSource } from '../../src/candidates/trending.ts'
import { epochOf, weightAt } from '../../src/state/decay.ts'
import { attributeKey, SHOP } from '../../src/state/slots.ts'
import { START } from '../support/settable-clock.ts'
import { candidateRequest, userWhoDid } from '../support/user-who-did.ts'

/** A top list as a store gives it: members whose scores are these at START. */
function topList(scores: Record<string, number>, at = START) {
  const ranked = Object.entries(scores).sort((a, b) => b[1] - a[1])
  const scale =
    weightAt(START, TRENDING.halfLife) * 2 ** (64 * (epochOf(START, TRENDING.halfLife) - epochOf(at, TRENDING.halfLife)))
  return {
    epoch: epochOf(at, TRENDING.halfLife),
    latest: 0,
    members: ranked.map(([itemId]) => itemId),
    scores: Float64Array.from(ranked, ([, score]) => score * scale),
  }
}

const answers = (...sets: ReturnType<typeof topList>[]) => ({ sets, lists: [], strengths: [] })
const lamp = { category: 'lamp' }
const vase = { category: 'vase' }

describe('trending items', () => {
  it('are those of the shop for a newcomer', () => {
    const source = trendingSource(3)
    const request = candidateRequest(userWhoDid([]))
    expect(source.reads(request)).toEqual({ sets: [{ entity: SHOP, set: TRENDING, limit: 3 }] })
    const { itemIds, scores, reason } = source.candidates(request, answers(topList({ a: 4, b: 3, c: 2 })))
    expect(itemIds).toEqual(['a', 'b', 'c'])
    expect(scores.map((score) => Math.round(score * 1e9) / 1e9)).toEqual([4, 3, 2])
    expect([0, 1, 2].map(reason)).toEqual(new Array(3).fill({ code: 'TRENDING' }))
  })

  it('are read for the categories of the session, then for favourite categories, and for the surface', () => {
    const user = userWhoDid([
      { itemId: 'old', ago: 3_600_000, eventType: 'purchase', attributes: vase },
      { itemId: 'new', attributes: lamp },
    ])
    const { sets } = trendingSource(8).reads(candidateRequest(user, { surface: 'home' }))
    expect(sets?.map(({ entity }) => entity)).toEqual([
      SHOP,
      attributeKey('category', 'lamp'),
      attributeKey('category', 'vase'),
      attributeKey('surface', 'home'),
    ])
  })

  it('come half from the whole shop and half from what the user likes, each once', () => {
    const source = trendingSource(8)
    const request = candidateRequest(userWhoDid([{ itemId: 'seen', attributes: lamp }]), { surface: 'home' })
    const { itemIds, reason } = source.candidates(
      request,
      answers(
        topList({ a: 100, b: 90, c: 80, d: 70, e: 60 }),
        topList({ a: 95, l1: 9, l2: 8, l3: 7 }),
        topList({ h1: 6, l1: 5, h2: 4, h3: 3 }),
      ),
    )
    // Four of the shop, and two each of the category and of the surface that were not taken before.
    expect(itemIds).toEqual(['a', 'b', 'c', 'd', 'l1', 'l2', 'h1', 'h2'])
    expect(itemIds.map((_, at) => reason(at).code)).toEqual([
      ...new Array(4).fill('TRENDING'),
      ...['TRENDING_FOR_YOU', 'TRENDING_FOR_YOU', 'TRENDING_HERE', 'TRENDING_HERE'],
    ])
  })

  it('are compared by their present scores, whatever epoch their scores are stored in', () => {
    const source = trendingSource(2)
    const request = candidateRequest(userWhoDid([]), { surface: 'home' })
    const before = START - 70 * 86_400_000
    const { itemIds, scores } = source.candidates(request, answers(topList({ a: 1 }, before), topList({ b: 2 })))
    expect(itemIds).toEqual(['b', 'a'])
    expect(scores[1]).toBeCloseTo(1, 9)
  })

  it('do not exist before the first event', () => {
    const request = candidateRequest(userWhoDid([]))
    expect(trendingSource(3).candidates(request, answers(topList({})))).toMatchObject({ itemIds: [], scores: [] })
  })
})
