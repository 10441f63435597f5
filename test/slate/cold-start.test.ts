import { describe, expect, it } from 'vitest'
import { NEW_FOR } from '../../src/candidates/trending.ts'
import { news } from '../../src/domain/news.ts'
import type { Slate } from '../../src/slate/slate.ts'
import { type OpenedService, openOn, type ServiceOptions } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'

const told = ({ items }: Slate) => items.map(({ itemId, reason: { code } }) => `${itemId} ${code}`)
const slateOf = (service: OpenedService, userId: string, first = 5) =>
  service.recommender.recommend({ ...REQUEST, userId, first, rules: {} }, 'INITIAL')

/** Long there: a to d, of which others viewed a and b. */
async function openShop(options: ServiceOptions = {}): Promise<OpenedService> {
  const service = await openOn(undefined, { dataDir: null, ...options })
  const embedding = (itemId: string) => (itemId < 'c' ? [1, 0] : [0, 1])
  const items = ['a', 'b', 'c', 'd'].map((itemId) => ({ itemId, attributes: { embedding: embedding(itemId) } }))
  await service.uploads.upsertItems(items)
  service.clock.advance(NEW_FOR + 1)
  const views = ['a', 'a', 'b'].map((itemId, i) => ({ userId: `other${i}`, itemId, eventType: 'view' }))
  await service.ingest.record(views)
  return service
}

const list = (to: { userId: string } | { segment: string }, itemId: string) => ({ ...to, items: [{ itemId, score: 1 }] })

describe('a new user', () => {
  it('gets the default list, popular items, and the items that were added last', async () => {
    const service = await openShop()
    expect(told(await slateOf(service, 'nobody', 4))).toEqual(['a TRENDING', 'b TRENDING', 'c MORE', 'd MORE'])
    await service.uploads.uploadOfflineRecommendations([list({ segment: 'default' }, 'd')])
    expect(told(await slateOf(service, 'nobody', 4))).toEqual(['d PICKED_BY_US', 'a TRENDING', 'b TRENDING', 'c MORE'])
  })

  it('gets items that go with the first item from the first action on', async () => {
    const service = await openShop()
    await service.ingest.record([{ userId: 'me', itemId: 'c', eventType: 'view' }])
    const { items } = await slateOf(service, 'me')
    expect(items.find(({ itemId }) => itemId === 'd')?.reason).toEqual({ code: 'ALIKE', anchorItemId: 'c' })
  })
})

describe('a new item', () => {
  const fresh = { itemId: 'fresh', attributes: { embedding: [0, 2] } }

  it('is proposed to users who look at similar items, and fills up slates', async () => {
    const service = await openShop()
    await service.uploads.upsertItems([fresh])
    expect(told(await slateOf(service, 'nobody', 3))).toEqual(['a TRENDING', 'b TRENDING', 'fresh NEW'])
    await service.ingest.record([{ userId: 'me', itemId: 'd', eventType: 'view' }])
    const [found] = (await slateOf(service, 'me')).items.filter(({ itemId }) => itemId === 'fresh')
    expect(found.reason).toEqual({ code: 'ALIKE', anchorItemId: 'd' })
  })

  it('is a candidate for everyone on a news site', async () => {
    const service = await openShop({ domain: news })
    await service.uploads.upsertItems([fresh])
    const { items } = await slateOf(service, 'nobody')
    expect(items.find(({ itemId }) => itemId === 'fresh')).toMatchObject({ reason: { code: 'NEW' }, sources: [{ name: 'new' }] })
  })
})

describe('a new shop', () => {
  it('shows the items that were added last below its default list, in slates of full length', async () => {
    const service = await openOn(undefined, { dataDir: null })
    expect(told(await slateOf(service, 'nobody'))).toEqual([])
    for (const itemId of ['a', 'b', 'c']) {
      await service.uploads.upsertItems([{ itemId, attributes: {} }])
      service.clock.advance(1000)
    }
    const slate = await slateOf(service, 'nobody', 3)
    expect([told(slate), slate.warnings]).toEqual([['c NEW', 'b NEW', 'a NEW'], []])
    await service.uploads.uploadOfflineRecommendations([list({ segment: 'default' }, 'a')])
    expect(told(await slateOf(service, 'nobody', 3))).toEqual(['a PICKED_BY_US', 'c NEW', 'b NEW'])
  })
})

describe('a user who has opted out', () => {
  it('gets the slates of a new user, whatever is stored or uploaded, and these slates are not stored', async () => {
    const service = await openShop()
    await service.uploads.upsertUsers([{ userId: 'me', attributes: { segment: 'loyal' } }])
    await service.ingest.record(
      ['c', 'd'].map((itemId) => ({ userId: 'me', itemId, eventType: 'add_to_cart', timestamp: service.clock.now() })),
    )
    await service.uploads.uploadOfflineRecommendations([
      ...[list({ userId: 'me' }, 'c'), list({ segment: 'loyal' }, 'd'), list({ segment: 'default' }, 'b')],
    ])
    const before = told(await slateOf(service, 'me'))
    await service.uploads.upsertUsers([{ userId: 'me', optOut: true, attributes: {} }])
    for (const surface of [undefined, 'cart', 'item_page']) {
      const request = { ...REQUEST, surface, first: 5, rules: {}, anchorItemIds: surface === 'item_page' ? ['a'] : [] }
      const mine = await service.recommender.recommend({ ...request, userId: 'me' }, 'INITIAL')
      const newcomers = await service.recommender.recommend({ ...request, userId: 'nobody' }, 'INITIAL')
      expect(mine.items).toEqual(newcomers.items)
      expect(await service.store.getSlate(mine.recommendationId)).toBeUndefined()
      expect(await service.store.getSlate(newcomers.recommendationId)).toBeDefined()
    }
    expect(told(await slateOf(service, 'me'))).not.toEqual(before)
  })
})
