import { describe, expect, it } from 'vitest'
import { embeddingSource } from '../../src/candidates/similar-items.ts'
import { Catalogue } from '../../src/catalogue/catalogue.ts'
import { Shop } from '../support/features.ts'
import { START } from '../support/settable-clock.ts'
import { candidateRequest, userWhoDid } from '../support/user-who-did.ts'

const nothing = { sets: [], lists: [], strengths: [] }
const VECTORS = { east: [1, 0], north: [0, 2], northeast: [1, 1], eastish: [5, 1], west: [-1, 0] }

function catalogueOf(vectors: Record<string, number[]>): Catalogue {
  const catalogue = new Catalogue({}, 'embedding')
  for (const [itemId, embedding] of Object.entries(vectors))
    catalogue.set(itemId, { attributes: { embedding }, available: true, updatedAt: START, addedAt: START, deleted: false })
  return catalogue
}

const catalogue = catalogueOf(VECTORS)
const viewed = (...itemIds: string[]) => userWhoDid(itemIds.map((itemId) => ({ itemId })))

describe('items like those of the session', () => {
  it('have vectors in the direction of the mean of the session, and not in the opposite one', () => {
    const request = candidateRequest(viewed('east', 'north', 'unknown'), { catalogue })
    const { itemIds, scores, reason } = embeddingSource(9).candidates(request, nothing)
    expect(itemIds).toEqual(['northeast', 'eastish'])
    expect(scores).toEqual([expect.closeTo(1, 6), expect.closeTo(6 / Math.sqrt(52), 6)])
    expect(reason(1)).toEqual({ code: 'ALIKE', anchorItemId: 'east' })
    expect(embeddingSource(1).candidates(request, nothing).itemIds).toEqual(['northeast'])
  })

  it('are also like the item on screen, which comes first', () => {
    const request = candidateRequest(viewed('east'), { catalogue, anchorItemIds: ['north'] })
    const { itemIds, reason } = embeddingSource(9).candidates(request, nothing)
    expect([itemIds, reason(0)]).toEqual([['northeast', 'eastish'], { code: 'ALIKE', anchorItemId: 'north' }])
  })

  it('obey the rules, and do not exist without a session or without vectors', () => {
    const request = candidateRequest(viewed('east'), { catalogue })
    const admits = (itemId: string) => itemId !== 'eastish'
    expect(embeddingSource(9).candidates({ ...request, admits }, nothing).itemIds).toEqual(['northeast'])
    const ids = (user: ReturnType<typeof viewed>, of: Catalogue) =>
      embeddingSource(9).candidates(candidateRequest(user, { catalogue: of }), nothing).itemIds
    expect([ids(viewed(), catalogue), ids(viewed('unknown'), catalogue), ids(viewed('east'), catalogueOf({}))]).toEqual([
      [],
      [],
      [],
    ])
  })
})

describe('the cosine of an item and the session', () => {
  it('compares its vector with the mean of the items acted on, and is missing if either is missing', async () => {
    const shop = await Shop.open()
    for (const [itemId, embedding] of Object.entries(VECTORS)) await shop.upsert(itemId, { embedding })
    await shop.upsert('plain', {})
    const itemIds = ['northeast', 'west', 'plain']
    const cosines = () => shop.features('session_embedding_cosine', { itemIds })
    expect(await cosines()).toEqual([Number.NaN, Number.NaN, Number.NaN])
    await shop.view('plain')
    expect(await cosines()).toEqual([Number.NaN, Number.NaN, Number.NaN])
    await shop.view('east', 'north')
    expect(await cosines()).toEqual([expect.closeTo(1, 6), expect.closeTo(-Math.SQRT1_2, 6), Number.NaN])
    shop.clock.advance(shop.service.domain.expiry.session + 1)
    expect(await cosines()).toEqual([Number.NaN, Number.NaN, Number.NaN])
  })
})
