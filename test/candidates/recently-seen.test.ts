import { expect, it } from 'vitest'
import { recentlySeenSource } from '../../src/candidates/users-items.ts'
import { candidateRequest, userWhoDid } from '../support/user-who-did.ts'

const HOUR = 3_600_000
const nothing = { sets: [], lists: [], strengths: [] }

it('items that the user viewed come latest first, each once, up to the quota, until they expire', () => {
  const user = userWhoDid([
    { itemId: 'old', ago: 2 * HOUR },
    { itemId: 'c', ago: HOUR },
    { itemId: 'a', ago: 3000 },
    { itemId: 'b', ago: 2000 },
    { itemId: 'shown', ago: 1500, eventType: 'impression' },
    { itemId: 'a', ago: 1000 },
  ])
  const source = recentlySeenSource(10, HOUR)
  expect(source.reads(candidateRequest(user))).toEqual({})
  const { itemIds, scores, reason } = source.candidates(candidateRequest(user), nothing)
  expect(itemIds).toEqual(['a', 'b', 'c'])
  expect(scores).toEqual([1, 1 / 2, 1 / 3])
  expect(reason(0)).toEqual({ code: 'SEEN_BEFORE' })
  expect(recentlySeenSource(2, HOUR).candidates(candidateRequest(user), nothing).itemIds).toEqual(['a', 'b'])
  expect(source.candidates(candidateRequest(userWhoDid([])), nothing).itemIds).toEqual([])
})
