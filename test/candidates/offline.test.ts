import { describe, expect, it } from 'vitest'
import { offlineSource, segmentListId, userListId } from '../../src/candidates/offline.ts'
import type { OfflineList } from '../../src/state/offline-list.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { candidateRequest, userWhoDid } from '../support/user-who-did.ts'

const list = (...itemIds: string[]): OfflineList => ({ generatedAt: 7, itemIds, scores: itemIds.map((_, i) => 1 / (i + 1)) })
const loyal = candidateRequest(userWhoDid([], { segment: 'loyal' }))

describe('offline lists', () => {
  it('are read for the user, for the segment, and as the default', () => {
    const { reads } = offlineSource(5)
    expect(reads(loyal)).toEqual({ lists: [userListId('me'), segmentListId('loyal'), segmentListId('default')] })
    const lists = [userListId('me'), segmentListId('default')]
    const without: JsonObject[] = [{}, { segment: 'default' }, { segment: 7 }, { segment: null }]
    for (const attributes of without) expect(reads(candidateRequest(userWhoDid([], attributes)))).toEqual({ lists })
  })

  it.each([
    { lists: [list('u'), list('s'), list('d')], taken: ['u'], code: 'PICKED_FOR_YOU' },
    { lists: [undefined, list('s'), list('d')], taken: ['s'], code: 'PICKED_FOR_YOU' },
    { lists: [list(), undefined, list('d')], taken: ['d'], code: 'PICKED_BY_US' },
  ])('are used from the first list that has items ($taken)', ({ lists, taken, code }) => {
    const { itemIds, reason, generatedAt } = offlineSource(5).candidates(loyal, { sets: [], lists, strengths: [] })
    expect([itemIds, reason(0), generatedAt]).toEqual([taken, { code }, 7])
  })

  it('give items up to the quota, best first, and none if no list has items', () => {
    const lists = [list('a', 'b', 'c'), undefined, undefined]
    expect(offlineSource(2).candidates(loyal, { sets: [], lists, strengths: [] })).toMatchObject({
      itemIds: ['a', 'b'],
      scores: [1, 1 / 2],
    })
    const none = offlineSource(2).candidates(loyal, { sets: [], lists: [undefined, undefined, undefined], strengths: [] })
    expect([none.itemIds, none.scores, none.generatedAt]).toEqual([[], [], undefined])
  })
})
