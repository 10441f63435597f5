import { describe, expect, it } from 'vitest'
import type { Service } from '../../src/service/service.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker, openTestService } from '../support/server.ts'
import { SettableClock, START } from '../support/settable-clock.ts'
import { itemIds, RECOMMEND, SERVED_SLATE, type SlateAnswer, slateOf } from '../support/slate-answer.ts'

const HOUR = 3_600_000

/** Kettles are popular; lamps and shades go together; nobody has seen the vase. */
async function fillShop(service: Service): Promise<void> {
  const { uploads, ingest, store } = service
  await uploads.upsertItems(
    ['kettle', 'lamp', 'shade', 'vase'].map((itemId) => ({ itemId, attributes: { title: `A ${itemId}` } })),
  )
  const view = (userId: string, itemId: string) => ({ userId, itemId, eventType: 'view' })
  for (const userId of ['a', 'b']) await ingest.record([view(userId, 'lamp'), view(userId, 'shade')])
  for (const userId of ['c', 'd', 'e', 'f', 'g']) await ingest.record([view(userId, 'kettle')])
  await ingest.record([view('h', 'lamp')])
  await store.settle()
}

async function openShop() {
  const clock = new SettableClock()
  const service = await openTestService({ clock })
  await fillShop(service)
  const ask = asker(service)
  const recommend = async (input: object) => slateOf(await ask(RECOMMEND, { input: { userId: 'newcomer', ...input } }))
  return { service, clock, ask, recommend }
}

const reasonOf = ({ items }: SlateAnswer, itemId: string) => items.find(({ item }) => item.itemId === itemId)?.reason

describe('recommendations', () => {
  it('are popular items for a new user, filled up with new items', async () => {
    const { recommend } = await openShop()
    const slate = await recommend({ surface: 'home' })
    expect(slate).toMatchObject({
      userId: 'newcomer',
      surface: 'home',
      version: 0,
      trigger: 'INITIAL',
      latestEventId: null,
      changed: true,
      generatedAt: new Date(START).toISOString(),
      model: null,
      fallback: true,
    })
    expect(slate.tookMs).toBeGreaterThanOrEqual(0)
    expect(itemIds(slate)).toEqual(['kettle', 'lamp', 'shade', 'vase'])
    expect(slate.items.map(({ position }) => position)).toEqual([1, 2, 3, 4])
    for (const { exploration, propensity } of slate.items) expect([exploration, propensity]).toEqual([false, 1])
    expect(reasonOf(slate, 'kettle')).toEqual({ code: 'TRENDING', text: 'Popular right now', anchorItem: null })
    expect(reasonOf(slate, 'vase')).toEqual({ code: 'NEW', text: 'New here', anchorItem: null })
    expect(slate.items[0].sources).toEqual([{ name: 'trending', score: expect.closeTo(5, 8) }])
    expect(slate.warnings).toEqual([
      { code: 'TOO_FEW_ITEMS', message: '4 of 10 items: no more are available under these rules.', field: null },
    ])
    expect((await recommend({ first: 4 })).warnings).toEqual([])
  })

  it('are empty, with a warning, if there is nothing to recommend', async () => {
    const ask = asker(await openTestService())
    const slate = slateOf(await ask(RECOMMEND, { input: { userId: 'me', first: 3 } }))
    expect(slate).toMatchObject({ items: [], fallback: true, warnings: [{ code: 'TOO_FEW_ITEMS' }] })
  })

  it('follow the events of the user, and say why', async () => {
    const { service, recommend } = await openShop()
    await service.ingest.record([{ userId: 'me', itemId: 'lamp', eventType: 'view', eventId: 'e1' }])
    const slate = await recommend({ userId: 'me' })
    expect(slate.latestEventId).toBe('e1')
    expect(itemIds(slate)[0]).toBe('shade')
    expect(reasonOf(slate, 'shade')).toEqual({
      code: 'BECAUSE_YOU_VIEWED',
      text: 'Because you looked at A lamp',
      anchorItem: { itemId: 'lamp' },
    })
    expect(reasonOf(slate, 'lamp')).toMatchObject({ code: 'SEEN_BEFORE', text: 'You showed interest in this before' })
  })

  it('go with the item on screen, and do not contain it', async () => {
    const { recommend } = await openShop()
    const slate = await recommend({ surface: 'item_page', anchorItemIds: ['shade'] })
    expect(itemIds(slate)[0]).toBe('lamp')
    expect(itemIds(slate)).not.toContain('shade')
    expect(reasonOf(slate, 'lamp')).toEqual({
      code: 'SIMILAR_TO_THIS',
      text: 'Goes with A shade',
      anchorItem: { itemId: 'shade' },
    })
    expect(itemIds(await recommend({ anchorItemIds: ['unknown'] }))).toHaveLength(4)
  })

  it('name an item by its id in reasons if it has no title or was deleted', async () => {
    const { service, recommend } = await openShop()
    await service.ingest.record([{ userId: 'me', itemId: 'lamp', eventType: 'view' }])
    await service.uploads.upsertItems([{ itemId: 'lamp', attributes: { title: null } }])
    expect(reasonOf(await recommend({ userId: 'me' }), 'shade')).toMatchObject({ text: 'Because you looked at lamp' })
    await service.uploads.deleteItems(['lamp'])
    expect(reasonOf(await recommend({ userId: 'me' }), 'shade')).toMatchObject({ code: 'BECAUSE_YOU_VIEWED', anchorItem: null })
  })

  it('leave out excluded items', async () => {
    const { recommend } = await openShop()
    expect(itemIds(await recommend({ rules: { exclude: ['kettle', 'vase', 'unknown'] } }))).toEqual(['lamp', 'shade'])
    expect(itemIds(await recommend({ rules: {} }))).toHaveLength(4)
    expect(itemIds(await recommend({ rules: { exclude: null } }))).toHaveLength(4)
  })

  it('use what is popular on the surface', async () => {
    const { service, recommend } = await openShop()
    const events = Array.from({ length: 9 }, (_, i) => ({ userId: `h${i}`, itemId: 'vase', eventType: 'view' }))
    await service.ingest.record(events.map((event) => ({ ...event, eventAttributes: { surface: 'home' } })))
    const atHome = await recommend({ surface: 'home', first: 4 })
    expect(atHome.items[0]).toMatchObject({ item: { itemId: 'vase' } })
  })

  it.each([
    [{ first: 0 }, 'first is 0: use a value from 1 to 100.'],
    [{ first: 101 }, 'first is 101: use a value from 1 to 100.'],
    [{ userId: '' }, 'userId is empty; send 1 to 128 characters.'],
    [{ surface: 'x'.repeat(129) }, 'surface has 129 characters; at most 128 are allowed.'],
    [{ sessionId: '' }, 'sessionId is empty; send 1 to 128 characters.'],
    [{ anchorItemIds: Array.from({ length: 21 }, (_, n) => `i${n}`) }, 'anchorItemIds has 21 entries; at most 20 are allowed.'],
    [{ anchorItemIds: ['a\nb'] }, 'anchorItemIds.0 contains a control character.'],
    [{ context: { text: 'x'.repeat(8200) } }, 'context has 8211 bytes as JSON; at most 8192 are allowed.'],
    [{ rules: { exclude: new Array(10_001).fill('i') } }, 'rules.exclude has 10001 entries; at most 10000 are allowed.'],
  ])('refuse a request that cannot be served (%#)', async (wrong, message) => {
    const { ask } = await openShop()
    expect(await ask(RECOMMEND, { input: { userId: 'me', ...wrong } })).toEqual({
      data: { recommendations: null },
      errors: [{ message, path: ['recommendations'], extensions: { code: 'BAD_USER_INPUT' } }],
    })
  })
})

onEachStoreWhenLong('a served slate', (open) => {
  it('can be read again unchanged, whatever has happened since', async () => {
    const service = await open()
    await fillShop(service)
    const ask = asker(service)
    await service.ingest.record([{ userId: 'me', itemId: 'lamp', eventType: 'view', eventId: 'e1' }])
    const slate = slateOf(await ask(RECOMMEND, { input: { userId: 'me', surface: 'home', first: 3 } }))
    const another = slateOf(await ask(RECOMMEND, { input: { userId: 'me', surface: 'home', first: 3 } }))
    expect(another.recommendationId).not.toBe(slate.recommendationId)
    await service.ingest.record([{ userId: 'me', itemId: 'vase', eventType: 'purchase' }])
    expect(slateOf(await ask(SERVED_SLATE, { recommendationId: slate.recommendationId }))).toEqual(slate)
  })

  it('is null if no slate has the id', async () => {
    const ask = asker(await open())
    for (const recommendationId of ['r0', '', '00-unknown', 'zz', '../..'])
      expect(await ask(SERVED_SLATE, { recommendationId })).toEqual({ data: { recommendations: null } })
  })
})

describe('a served slate', () => {
  it('that no event names is forgotten after an hour', async () => {
    const { clock, ask, recommend } = await openShop()
    const { recommendationId } = await recommend({})
    clock.advance(HOUR - 1)
    expect(slateOf(await ask(SERVED_SLATE, { recommendationId })).recommendationId).toBe(recommendationId)
    clock.advance(1)
    expect(await ask(SERVED_SLATE, { recommendationId })).toEqual({ data: { recommendations: null } })
  })
})
