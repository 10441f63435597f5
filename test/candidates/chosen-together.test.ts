import { describe, expect, it } from 'vitest'
import { TOGETHER } from '../../src/accumulators/item-to-item.ts'
import { chosenTogetherSource } from '../../src/candidates/similar-items.ts'
import { epochOf, weightAt } from '../../src/state/decay.ts'
import { itemKey } from '../../src/state/slots.ts'
import { START } from '../support/settable-clock.ts'
import { candidateRequest, userWhoDid } from '../support/user-who-did.ts'

const cart = (itemId: string, ago = 0) => ({ itemId, ago, eventType: 'add_to_cart' })
const companions = (scores: Record<string, number>) => ({
  epoch: epochOf(START, TOGETHER.halfLife),
  latest: 0,
  members: Object.keys(scores),
  scores: Float64Array.from(Object.values(scores), (score) => score * weightAt(START, TOGETHER.halfLife)),
})

describe('items chosen together with the basket', () => {
  it('are requested for the item on screen, and then for the latest items of the basket', () => {
    const { reads } = chosenTogetherSource(5)
    const read = (itemId: string) => ({ entity: itemKey(itemId), set: TOGETHER, limit: TOGETHER.capacity })
    const user = userWhoDid([cart('old', 2 * 86_400_000), cart('a', 2000), { itemId: 'seen' }, cart('b', 1000)])
    expect(reads(candidateRequest(user))).toEqual({ sets: [read('b'), read('a')], strengths: ['b', 'a'] })
    const onScreen = reads(candidateRequest(user, { anchorItemIds: ['a'] }))
    expect(onScreen).toEqual({ sets: [read('a'), read('b')], strengths: ['a', 'b'] })
    const full = userWhoDid(Array.from({ length: 9 }, (_, i) => cart(`c${i}`, 9 - i)))
    expect(reads(candidateRequest(full)).strengths).toEqual(['c8', 'c7', 'c6', 'c5', 'c4'])
  })

  it('are ordered by how often they were chosen with all of the basket, name the item that counts most, and are never in the basket', () => {
    const request = candidateRequest(userWhoDid([cart('a', 2000), cart('b', 1000)]))
    const answers = { sets: [companions({ x: 2, a: 9 }), companions({ y: 3, x: 2 })], lists: [], strengths: [0, 3] }
    const { itemIds, scores, reason } = chosenTogetherSource(5).candidates(request, answers)
    expect(itemIds).toEqual(['x', 'y'])
    expect(scores).toEqual([expect.closeTo(3, 9), expect.closeTo(1.5, 9)])
    expect([0, 1].map(reason)).toEqual([
      { code: 'CHOSEN_TOGETHER', anchorItemId: 'b' },
      { code: 'CHOSEN_TOGETHER', anchorItemId: 'a' },
    ])
    expect(chosenTogetherSource(1).candidates(request, answers).itemIds).toEqual(['x'])
  })
})
