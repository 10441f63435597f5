import { describe, expect, it, vi } from 'vitest'
import { UnavailableError } from '../../src/errors.ts'
import { onEachStore } from '../support/each-store.ts'
import { asker, openTestService } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { itemIds, RECOMMEND, SERVED_SLATE, slateOf } from '../support/slate-answer.ts'

const UPSERTED =
  '{ ... on UpsertPayload { accepted rejected errors { index field message } } ... on Error { code message field } }'
const UPSERT_ITEMS = `mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) ${UPSERTED} }`
const DELETE_ITEMS =
  'mutation ($itemIds: [ID!]!) { deleteItems(input: { itemIds: $itemIds }) { ... on DeleteItemsPayload { deleted rejected errors { index itemId code message } } } }'
const UPSERT_USERS = `mutation ($input: [UserInput!]!) { upsertUsers(input: { users: $input }) ${UPSERTED} }`
const UPLOAD_LISTS = `mutation ($input: [OfflineRecommendationsInput!]!) { uploadOfflineRecommendations(input: { lists: $input }) ${UPSERTED} }`

const allAccepted = (accepted: number) => ({ accepted, rejected: 0, errors: [] })
const named = (index: number, field: string) => ({ index, field, message: expect.stringMatching(/^\S/) })

onEachStore('an upload of items', (open) => {
  it('names invalid rows and accepts the others', async () => {
    const ask = asker(await open())
    const good = (itemId: string) => ({ itemId, attributes: { title: itemId } })
    const deep = { a: [[[[[[1]]]]]] }
    const input = [good('i1'), good(''), { itemId: 'i2', attributes: deep }, good('i3'), good('x'.repeat(129))]
    expect(await ask(UPSERT_ITEMS, { input })).toEqual({
      data: {
        upsertItems: {
          accepted: 2,
          rejected: 3,
          errors: [named(1, 'itemId'), named(2, 'attributes.a.0.0.0.0.0'), named(4, 'itemId')],
        },
      },
    })
    expect(await ask('{ items { totalCount edges { node { itemId } } } }')).toEqual({
      data: { items: { totalCount: 2, edges: [{ node: { itemId: 'i1' } }, { node: { itemId: 'i3' } }] } },
    })
  })

  it('merges attributes into known ones, null removes a key, and the later row of an item wins', async () => {
    const ask = asker(await open())
    const item = () => ask('{ item(itemId: "i1") { attributes available } }')
    const upsert = async (...input: object[]) => (await ask(UPSERT_ITEMS, { input })).data?.upsertItems
    expect(await upsert({ itemId: 'i1', attributes: { title: 'Lamp', old: 1, price: 3 } })).toEqual(allAccepted(1))
    expect(await upsert({ itemId: 'i1', attributes: { old: null, price: 4 } })).toEqual(allAccepted(1))
    expect(await item()).toEqual({ data: { item: { attributes: { title: 'Lamp', price: 4 }, available: true } } })
    await upsert({ itemId: 'i1', attributes: {}, available: false }, { itemId: 'i1', attributes: { price: 5 } })
    expect(await item()).toEqual({ data: { item: { attributes: { title: 'Lamp', price: 5 }, available: false } } })
  })

  it('with available: false pauses an item, until it is true again', async () => {
    const ask = asker(await open())
    const upsert = (input: object[]) => ask(UPSERT_ITEMS, { input })
    await upsert(['i1', 'i2'].map((itemId) => ({ itemId, attributes: {} })))
    const shown = async () => itemIds(slateOf(await ask(RECOMMEND, { input: { userId: 'me' } }))).sort()
    expect(await shown()).toEqual(['i1', 'i2'])
    await upsert([{ itemId: 'i1', attributes: {}, available: false }])
    expect(await shown()).toEqual(['i2'])
    expect(await ask('{ item(itemId: "i1") { available } }')).toEqual({ data: { item: { available: false } } })
    await upsert([{ itemId: 'i1', attributes: {}, available: true }])
    expect(await shown()).toEqual(['i1', 'i2'])
  })
})

onEachStore('an upload of vectors', (open) => {
  it('refuses vectors that cannot be compared, names their place, and accepts the others', async () => {
    const ask = asker(await open())
    const upsert = async (...input: object[]) => (await ask(UPSERT_ITEMS, { input })).data?.upsertItems
    const item = (itemId: string, embedding: unknown) => ({ itemId, attributes: { embedding } })
    expect(await upsert(item('a', [1, 0]))).toEqual(allAccepted(1))
    const bad = [[1, 0, 0], [0, 0], [], 'far', [1, '2'], [1, null]]
    expect(await upsert(item('b', [1, 1]), ...bad.map((embedding, i) => item(`bad${i}`, embedding)))).toEqual({
      accepted: 1,
      rejected: 6,
      errors: ['', '', '', '', '.1', '.1'].map((end, i) => named(i + 1, `attributes.embedding${end}`)),
    })
    // All are taken away, and others of another length come.
    expect(await upsert(item('a', null), item('b', null))).toEqual(allAccepted(2))
    expect(await upsert(item('a', [1, 0, 0]))).toEqual(allAccepted(1))
  })

  it('refuses NaN and infinities: JSON has none, and GraphQL refuses the whole variable', async () => {
    const service = await open()
    const [result] = (await service.uploads.upsertItems([{ itemId: 'a', attributes: { embedding: [1, Number.NaN] } }])).errors
    expect(result).toMatchObject({ field: 'attributes.embedding.1' })
  })

  it('makes items without events appear for users who look at similar ones, with a reason', async () => {
    const service = await open()
    const ask = asker(service)
    const input = Object.entries({ seen: [1, 0], like: [4, 1], unlike: [-1, 0] }).map(([itemId, embedding]) => ({
      itemId,
      attributes: { embedding },
    }))
    await ask(UPSERT_ITEMS, { input })
    await service.ingest.record([{ userId: 'me', itemId: 'seen', eventType: 'view' }])
    await service.store.settle()
    const slate = slateOf(await ask(RECOMMEND, { input: { userId: 'me' } }))
    const [like] = slate.items.filter(({ item }) => item.itemId === 'like')
    expect(like.sources.map(({ name }) => name)).toContain('embedding')
    expect(like.reason).toMatchObject({ code: 'ALIKE', text: 'Similar to seen', anchorItem: { itemId: 'seen' } })
    const [unlike] = slate.items.filter(({ item }) => item.itemId === 'unlike')
    expect(unlike.sources.map(({ name }) => name)).not.toContain('embedding')
  })
})

onEachStore('a deletion of items', (open) => {
  it('ends their recommendation, whatever source proposes them', async () => {
    const service = await open()
    const ask = asker(service)
    await ask(UPSERT_ITEMS, { input: ['i1', 'i2', 'i3'].map((itemId) => ({ itemId, attributes: { title: itemId } })) })
    const view = (userId: string, itemId: string) => ({ userId, itemId, eventType: 'view' })
    for (const userId of ['a', 'b', 'me']) await service.ingest.record([view(userId, 'i1'), view(userId, 'i2')])
    await ask(UPLOAD_LISTS, { input: [{ userId: 'me', items: [{ itemId: 'i2', score: 1 }] }] })
    await service.store.settle()
    const before = slateOf(await ask(RECOMMEND, { input: { userId: 'me' } }))
    const [item] = before.items.filter(({ item }) => item.itemId === 'i2')
    expect(item.sources.map(({ name }) => name).sort()).toEqual(['item_to_item', 'offline', 'recent', 'trending', 'two_hops'])

    const deleted = await ask(DELETE_ITEMS, { itemIds: ['i2', 'unknown', '', 'i2'] })
    expect(deleted.data?.deleteItems).toEqual({
      deleted: 1,
      rejected: 3,
      errors: [
        { index: 1, itemId: 'unknown', code: 'NOT_FOUND', message: 'Item unknown is not in the catalogue.' },
        { index: 2, itemId: '', code: 'BAD_USER_INPUT', message: 'itemIds is empty; send 1 to 128 characters.' },
        { index: 3, itemId: 'i2', code: 'NOT_FOUND', message: 'Item i2 is not in the catalogue.' },
      ],
    })
    expect(itemIds(slateOf(await ask(RECOMMEND, { input: { userId: 'me' } }))).sort()).toEqual(['i1', 'i3'])
    expect(await ask('{ item(itemId: "i2") { itemId } }')).toEqual({ data: { item: null } })

    // What was served stays readable, with all its other items.
    const served = slateOf(await ask(SERVED_SLATE, { recommendationId: before.recommendationId }))
    expect(itemIds(served)).toEqual(itemIds(before))
    expect(served.items.find(({ item }) => item.itemId === 'i2')?.item).toEqual({
      itemId: 'i2',
      attributes: {},
      available: false,
    })
  })
})

onEachStore('an upload of users', (open) => {
  it('names invalid rows, merges the others and raises their versions', async () => {
    const ask = asker(await open())
    const upsert = async (...input: object[]) => (await ask(UPSERT_USERS, { input })).data?.upsertUsers
    expect(await upsert({ userId: 'me', attributes: { segment: 'loyal', old: 1 } }, { userId: '\n', attributes: {} })).toEqual({
      accepted: 1,
      rejected: 1,
      errors: [named(1, 'userId')],
    })
    const user = async () => (await ask('{ user(userId: "me") { attributes version } }')).data?.user as { version: number }
    const { version } = await user()
    expect(version).toBeGreaterThan(0)
    await upsert({ userId: 'me', attributes: { old: null, age: 3 } })
    const after = await user()
    expect(after).toMatchObject({ attributes: { segment: 'loyal', age: 3 } })
    expect(after.version).toBeGreaterThan(version)
  })
})

onEachStore('an upload of lists', (open) => {
  it("serves the user's own list, else that of the segment, else the default one, each with its reason", async () => {
    const ask = asker(await open())
    await ask(UPSERT_ITEMS, { input: ['a', 'b', 'c', 'd'].map((itemId) => ({ itemId, attributes: {} })) })
    await ask(UPSERT_USERS, { input: ['mine', 'loyal'].map((userId) => ({ userId, attributes: { segment: 'loyal' } })) })
    const list = (itemId: string) => [{ itemId, score: 1 }]
    const input = [
      { owner: { userId: 'mine' }, items: list('d'), generatedAt: '2025-02-03T02:00:00Z' },
      { owner: { segment: 'loyal' }, items: list('c') },
      { segment: 'default', items: list('b') },
    ]
    expect((await ask(UPLOAD_LISTS, { input })).data?.uploadOfflineRecommendations).toEqual(allAccepted(3))
    const top = async (userId: string) => {
      const [first] = slateOf(await ask(RECOMMEND, { input: { userId } })).items
      return [first.item.itemId, first.reason.code, first.reason.text, first.sources]
    }
    const offline = [{ name: 'offline', score: 1 }]
    expect(await top('mine')).toEqual(['d', 'PICKED_FOR_YOU', 'Picked for you', offline])
    expect(await top('loyal')).toEqual(['c', 'PICKED_FOR_YOU', 'Picked for you', offline])
    expect(await top('anyone')).toEqual(['b', 'PICKED_BY_US', 'Our selection', offline])
    // A list takes the place of the one before; an empty one gives way.
    await ask(UPLOAD_LISTS, {
      input: [
        { owner: { userId: 'mine' }, items: [] },
        // The latest of the rows for one owner wins, in whatever form it names the owner.
        { segment: 'loyal', items: list('b') },
        { owner: { segment: 'loyal' }, items: list('a') },
      ],
    })
    expect(await top('mine')).toEqual(['a', 'PICKED_FOR_YOU', 'Picked for you', offline])
  })

  it('uses the higher score of an item that is listed twice, and keeps an unknown item until it is uploaded', async () => {
    const service = await open()
    const ask = asker(service)
    const upsert = (itemId: string) => ask(UPSERT_ITEMS, { input: [{ itemId, attributes: {} }] })
    await upsert('a')
    await upsert('b')
    const scores: [string, number][] = [
      ['a', 1],
      ['later', 9],
      ['b', 2],
      ['a', 3],
    ]
    const items = scores.map(([itemId, score]) => ({ itemId, score }))
    expect((await ask(UPLOAD_LISTS, { input: [{ userId: 'me', items }] })).data?.uploadOfflineRecommendations).toEqual(
      allAccepted(1),
    )
    const listed = async () => {
      const slate = slateOf(await ask(RECOMMEND, { input: { userId: 'me' } }))
      return slate.items.map(({ item, sources }) => [item.itemId, sources.find(({ name }) => name === 'offline')?.score])
    }
    expect(await listed()).toEqual([
      ['a', 3],
      ['b', 2],
    ])
    await upsert('later')
    expect(await listed()).toEqual([
      ['later', 9],
      ['a', 3],
      ['b', 2],
    ])
  })

  it('refuses a score that is not a number, and names its place', async () => {
    const service = await open()
    for (const score of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const items = [
        { itemId: 'a', score: 1 },
        { itemId: 'b', score },
      ]
      const { accepted, errors } = await service.uploads.uploadOfflineRecommendations([{ userId: 'me', items }])
      expect([accepted, errors]).toEqual([0, [named(0, 'items.1.score')]])
    }
    const bare =
      'mutation { uploadOfflineRecommendations(input: { lists: [{ userId: "me", items: [{ itemId: "a", score: NaN }] }] }) { ... on UpsertPayload { accepted } } }'
    expect((await asker(service)(bare)).errors).toHaveLength(1)
  })

  it('names invalid rows', async () => {
    const ask = asker(await open())
    const items = [{ itemId: 'a', score: 1 }]
    const input = [
      { items },
      { userId: 'u', segment: 's', items },
      {
        userId: 'u',
        items: [
          { itemId: 'a', score: 1 },
          { itemId: '', score: 1 },
        ],
      },
      { segment: 's', items: Array.from({ length: 1001 }, (_, i) => ({ itemId: `i${i}`, score: i })) },
      { segment: '', items },
      { segment: 's', items },
      { owner: { userId: '' }, items },
      { owner: { segment: 's' }, userId: 'u', items },
    ]
    expect((await ask(UPLOAD_LISTS, { input })).data?.uploadOfflineRecommendations).toEqual({
      accepted: 1,
      rejected: 7,
      errors: [
        named(0, 'owner'),
        named(1, 'owner'),
        named(2, 'items.1.itemId'),
        named(3, 'items'),
        named(4, 'segment'),
        named(6, 'owner.userId'),
        named(7, 'owner'),
      ],
    })
  })
})

describe('an upload', () => {
  it('has at most 1,000 rows', async () => {
    const ask = asker(await openTestService({ clock: new SettableClock() }))
    const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ itemId: `i${i}`, attributes: {} }))
    expect((await ask(UPSERT_ITEMS, { input: rows(1000) })).data?.upsertItems).toEqual(allAccepted(1000))
    const refused = { code: 'BAD_USER_INPUT', message: 'items has 1001 entries; at most 1000 are allowed.', field: 'items' }
    expect(await ask(UPSERT_ITEMS, { input: rows(1001) })).toEqual({ data: { upsertItems: refused } })
  })

  it('fails with UNAVAILABLE if the store does not answer', async () => {
    const service = await openTestService()
    vi.spyOn(service.store, 'swap').mockRejectedValue(new UnavailableError('Send it again.'))
    const attributes = {}
    for (const [mutation, variables] of [
      [UPSERT_ITEMS, { input: [{ itemId: 'i1', attributes }] }],
      [UPSERT_USERS, { input: [{ userId: 'me', attributes }] }],
      [UPLOAD_LISTS, { input: [{ userId: 'me', items: [] }] }],
    ] as const) {
      expect(await asker(service)(mutation, variables)).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] })
    }
  })
})
