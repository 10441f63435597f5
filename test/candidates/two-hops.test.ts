import { describe, expect, it } from 'vitest'
import { twoHopsSource } from '../../src/candidates/similar-items.ts'
import type { CandidateRequest } from '../../src/candidates/source.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { itemKey } from '../../src/state/slots.ts'
import { HOUR } from '../../src/time-units.ts'
import { onEachStore } from '../support/each-store.ts'
import { REQUEST } from '../support/slate-request.ts'
import { candidateRequest, userWhoDid } from '../support/user-who-did.ts'

const { neighbours } = eCommerce.pairs

function list(scores: Record<string, number>) {
  const ranked = Object.entries(scores).sort((a, b) => b[1] - a[1])
  const members = ranked.map(([itemId]) => itemId)
  return { epoch: 0, latest: 0, members, scores: Float64Array.from(ranked, ([, score]) => score) }
}

/** What the source proposes if the store has these lists, and which of them it asks for in the second trip. */
function proposed(request: CandidateRequest, lists: Record<string, Record<string, number>>, quota = 100) {
  const source = twoHopsSource(quota, HOUR, eCommerce.pairs)
  const read = (sets: readonly { entity: string; limit: number }[] = []) =>
    sets.map(({ entity, limit }) => {
      const { members, scores, ...rest } = list(Object.entries(lists).find(([itemId]) => itemKey(itemId) === entity)?.[1] ?? {})
      return { ...rest, members: members.slice(0, limit), scores: scores.slice(0, limit) }
    })
  const answers = { sets: read(source.reads(request).sets), lists: [], strengths: [] }
  const chosen = source.setsToRead!(request, answers)
  const { itemIds, scores, reason } = source.candidates(request, { ...answers, chosenSets: read(chosen) })
  return { chosen, itemIds, scores, reasons: itemIds.map((_, at) => reason(at)) }
}

describe('items that are similar to similar items', () => {
  it('add to those that are similar at once, in shares of each list', () => {
    const request = candidateRequest(userWhoDid([{ itemId: 'a' }]))
    const lists = { a: { x: 3, y: 1 }, x: { z: 40, y: 10 }, y: { z: 2 } }
    const { itemIds, scores, reasons, chosen } = proposed(request, lists)
    expect(chosen.map(({ entity }) => entity)).toEqual(['x', 'y'].map(itemKey))
    // x: 3/4; y: 1/4 + 0.3 · 3/4 · 10/50; z: 0.3 · (3/4 · 40/50 + 1/4).
    expect(itemIds).toEqual(['x', 'y', 'z'])
    expect(scores).toEqual([expect.closeTo(0.75, 9), expect.closeTo(0.295, 9), expect.closeTo(0.255, 9)])
    expect(reasons).toEqual(Array.from({ length: 3 }, () => ({ code: 'BECAUSE_YOU_VIEWED', anchorItemId: 'a' })))
  })

  it('do not depend on how many events a shop has', () => {
    const request = () => candidateRequest(userWhoDid([{ itemId: 'a' }, { itemId: 'b' }]))
    const small = { a: { x: 3, y: 1 }, b: { y: 1, w: 2 }, x: { z: 4 } }
    const times = (factor: number, lists: Record<string, Record<string, number>>) =>
      Object.fromEntries(
        Object.entries(lists).map(([anchor, of]) => [
          anchor,
          Object.fromEntries(Object.entries(of).map(([itemId, score]) => [itemId, score * factor])),
        ]),
      )
    expect(proposed(request(), times(1024, small)).scores).toEqual(proposed(request(), small).scores)
  })

  it('name the item on screen by which they were found', () => {
    const request = candidateRequest(userWhoDid([{ itemId: 'b' }]), { anchorItemIds: ['a'] })
    const { itemIds, reasons } = proposed(request, { a: { x: 1 }, b: { y: 1 }, x: { z: 1 }, y: { w: 1 } })
    expect(Object.fromEntries(itemIds.map((itemId, at) => [itemId, reasons[at]]))).toEqual({
      x: { code: 'SIMILAR_TO_THIS', anchorItemId: 'a' },
      z: { code: 'SIMILAR_TO_THIS', anchorItemId: 'a' },
      y: { code: 'BECAUSE_YOU_VIEWED', anchorItemId: 'b' },
      w: { code: 'BECAUSE_YOU_VIEWED', anchorItemId: 'b' },
    })
  })

  it('lead back to the items of the user, as seen before', () => {
    const request = candidateRequest(userWhoDid([{ itemId: 'a' }]))
    const { itemIds, scores, reasons } = proposed(request, { a: { x: 1 }, x: { a: 1, z: 1 } })
    expect(itemIds).toEqual(['x', 'a', 'z'])
    expect(scores).toEqual([1, 0.15, 0.15])
    expect(reasons.map(({ code }) => code)).toEqual(['BECAUSE_YOU_VIEWED', 'SEEN_BEFORE', 'BECAUSE_YOU_VIEWED'])
  })

  it('are not found by way of an item that the user has dismissed', () => {
    const request = candidateRequest(userWhoDid([{ itemId: 'a' }]), { dismissed: new Set(['x']) })
    const { itemIds, chosen } = proposed(request, { a: { x: 3, y: 1 }, x: { z: 1 }, y: { x: 1, w: 1 } })
    expect(chosen.map(({ entity }) => entity)).toEqual([itemKey('y')])
    expect(itemIds).toEqual(['y', 'w'])
  })

  it('come from the nearest ten items, and the first thirty of each, however long lists are', () => {
    const long = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`x${n}`, 1000 - n]))
    const { chosen, itemIds } = proposed(candidateRequest(userWhoDid([{ itemId: 'a' }])), { a: long })
    expect(chosen).toEqual(Array.from({ length: 10 }, (_, n) => ({ entity: itemKey(`x${n}`), set: neighbours, limit: 30 })))
    expect(itemIds).toEqual(Object.keys(long).slice(0, 30))
  })

  it('are none without actions, or after those that are too long ago', () => {
    const lists = { a: { x: 1 }, x: { z: 1 } }
    for (const user of [userWhoDid([]), userWhoDid([{ itemId: 'a', ago: 2 * HOUR }])])
      expect(proposed(candidateRequest(user), lists)).toMatchObject({ chosen: [], itemIds: [] })
  })
})

onEachStore('a slate with items that are similar to similar items', (open) => {
  it('has an item on which nobody acted who acted on an item of the user, with the reason', async () => {
    const service = await open()
    const itemIds = ['a', 'b', 'c', 'alone']
    await service.uploads.upsertItems(itemIds.map((itemId) => ({ itemId, attributes: {} })))
    const view = (userId: string, itemId: string) => ({ userId, itemId, eventType: 'view' })
    await service.ingest.record([view('u1', 'a'), view('u1', 'b'), view('u2', 'b'), view('u2', 'c'), view('me', 'a')])
    await service.store.settle()
    const { gathered } = await service.recommender.candidates({ ...REQUEST, userId: 'me' })
    const { ranks } = gathered.standings.get('two_hops')!
    expect(gathered.itemIds.filter((_, row) => ranks[row] > 0)).toEqual(['b', 'c', 'a'])
    expect(gathered.standings.get('item_to_item')!.ranks[gathered.itemIds.indexOf('c')]).toBeNaN()
    const { items } = await service.recommender.recommend({ ...REQUEST, userId: 'me' }, 'INITIAL')
    expect(items.find(({ itemId }) => itemId === 'c')).toMatchObject({
      reason: { code: 'BECAUSE_YOU_VIEWED', anchorItemId: 'a' },
    })
  })
})
