import { describe, expect, it } from 'vitest'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import { courses } from '../../src/domain/courses.ts'
import { type Domain, isHistory } from '../../src/domain/domain.ts'
import { games } from '../../src/domain/games.ts'
import { video } from '../../src/domain/video.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { Shop } from '../support/features.ts'
import type { OpenedService } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'

const ITEMS = Array.from({ length: 30 }, (_, n) => `i${n}`)

/** Three values of every attribute that is counted, and a number of every other. */
function attributesOf({ attributes }: Domain, n: number): JsonObject {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, kind], i) => [name, kind === 'key' ? `${name}-${(n + i) % 3}` : 5 + n]),
  )
}

async function slateOf({ recommender }: OpenedService, request: Partial<typeof REQUEST> = {}) {
  return recommender.recommend({ ...REQUEST, first: 10, ...request }, 'INITIAL')
}

describe.each(Object.entries(DOMAINS))('the domain %s', (_, domain) => {
  bothStoresWhenLong((open) => {
    it('takes all its events, and gives every surface a full slate with reasons', async () => {
      const service = await open({ domain, dataDir: null })
      await service.uploads.upsertItems(ITEMS.map((itemId, n) => ({ itemId, attributes: attributesOf(domain, n) })))
      const events = ['me', 'you', 'they'].flatMap((userId, u) =>
        Object.keys(domain.eventTypes).flatMap((eventType, t) =>
          [0, 1, 2].map((n) => ({
            eventId: `${userId}-${eventType}-${n}`,
            userId,
            eventType,
            // Neighbours overlap, so that they have something in common.
            itemId: ITEMS[(2 * u + t + 5 * n) % ITEMS.length],
          })),
        ),
      )
      const outcomes = await service.ingest.record(events)
      expect(outcomes.map(({ status }) => status)).toEqual(events.map(() => 'RECORDED'))
      await service.store.settle()
      for (const surface of domain.surfaces) {
        const { items, warnings } = await slateOf(service, { surface, anchorItemIds: ['i1'], rules: {} })
        expect(warnings).toEqual([])
        if (isHistory(domain, surface)) expect(items.length).toBeGreaterThan(0)
        else expect(items).toHaveLength(10)
        for (const { sources, reason } of items) {
          expect(sources.length).toBeGreaterThan(0)
          expect(reason.code).not.toBe('')
        }
      }
      // What someone acted on speaks in the slate.
      const { items } = await slateOf(service)
      expect(items.some(({ sources }) => sources.some(({ name }) => name === 'item_to_item'))).toBe(true)
    })

    it('is served by the model that comes with the package', async () => {
      const service = await open({ domain, dataDir: null, modelDir: 'models', model: 'default' })
      await service.uploads.upsertItems(ITEMS.map((itemId, n) => ({ itemId, attributes: attributesOf(domain, n) })))
      // A shop without an event has no candidates to rank.
      await service.ingest.record([{ eventId: 'first', userId: 'you', eventType: 'view', itemId: 'i1' }])
      await service.store.settle()
      expect(await slateOf(service)).toMatchObject({ model: 'default', warnings: [] })
    })
  })
})

describe('an item that the user has watched, enrolled in or got', () => {
  it.each([
    ['a video that was seen to the end', video, 'play', 'complete'],
    ['a course that someone is enrolled in', courses, 'preview', 'enrol'],
    ['a game that someone has', games, 'play', 'get'],
  ] as const)('is left out with excludePurchased: %s', async (_, domain, begun, over) => {
    const shop = await Shop.open({ domain })
    for (const itemId of ['i1', 'i2', 'i3']) await shop.upsert(itemId, {})
    await shop.record({ userId: 'me', eventType: begun, itemId: 'i1' }, { userId: 'me', eventType: over, itemId: 'i2' })
    const { items } = await slateOf(shop.service, { rules: { seen: [], excludePurchased: true } })
    expect(items.map(({ itemId }) => itemId).sort()).toEqual(['i1', 'i3'])
  })
})

describe('items that are variants of each other', () => {
  it.each([
    ['episodes of a series', video, 'series'],
    ['runs of a course', courses, 'course_group'],
    ['editions of a game', games, 'edition_of'],
  ] as const)('have only one place in a slate: %s', async (_, domain, attribute) => {
    const shop = await Shop.open({ domain })
    for (const itemId of ['i1', 'i2', 'i3']) await shop.upsert(itemId, { [attribute]: 'the same' })
    for (const itemId of ['i4', 'i5']) await shop.upsert(itemId, {})
    await shop.view('i1', 'i2', 'i3')
    const { items } = await slateOf(shop.service)
    const ofTheSame = items.filter(({ itemId }) => ['i1', 'i2', 'i3'].includes(itemId))
    expect(ofTheSame).toHaveLength(1)
    expect(items).toHaveLength(3)
  })
})

describe('videos and courses', () => {
  it('are compared with the length that the viewer likes', async () => {
    const shop = await Shop.open({ domain: video })
    for (const [itemId, duration] of [
      ['i1', 20],
      ['i2', 30],
      ['i3', 24],
      ['i4', 150],
    ] as const)
      await shop.upsert(itemId, { duration, category: ['comedy', 'short'] })
    await shop.record({ eventType: 'play', itemId: 'i1' }, { eventType: 'play', itemId: 'i2' })
    const [near, far] = await shop.features('pair_duration_z', { itemIds: ['i3', 'i4'] })
    expect(Math.abs(near)).toBeLessThan(1)
    expect(far).toBeGreaterThan(2)
    expect(await shop.breakdown('user_category_share')).toEqual([
      { key: 'comedy', value: 0.5 },
      { key: 'short', value: 0.5 },
    ])
  })

  it('count the completion of a course as a goal', async () => {
    const shop = await Shop.open({ domain: courses })
    await shop.view('i1', 'i1', 'i2', 'i2')
    await shop.record({ eventType: 'complete', itemId: 'i1' })
    const [finished, looked] = await shop.features('item_goal_rate_7d', { itemIds: ['i1', 'i2'] })
    expect(finished).toBeGreaterThan(looked)
  })
})
