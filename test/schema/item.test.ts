import { GraphQLInterfaceType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { schema } from '../../src/schema/schema.ts'
import type { Service } from '../../src/service/service.ts'
import { asker, openTestService } from '../support/server.ts'
import { SettableClock, START } from '../support/settable-clock.ts'

const page = z.object({
  data: z.object({
    items: z.object({
      totalCount: z.number(),
      edges: z.array(z.object({ cursor: z.string(), node: z.object({ itemId: z.string() }) })),
      pageInfo: z.object({
        hasNextPage: z.boolean(),
        hasPreviousPage: z.boolean(),
        startCursor: z.string().nullable(),
        endCursor: z.string().nullable(),
      }),
    }),
  }),
})

type Page = z.infer<typeof page>['data']['items']

const ITEMS = /* GraphQL */ `
  query ($first: Int, $after: String, $last: Int, $before: String) {
    items(first: $first, after: $after, last: $last, before: $before) {
      totalCount
      edges { cursor node { itemId } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`

async function openShop(itemIds: readonly string[] = []): Promise<{ service: Service; ask: ReturnType<typeof asker> }> {
  const service = await openTestService({ clock: new SettableClock() })
  await service.uploads.upsertItems(itemIds.map((itemId) => ({ itemId, attributes: { title: itemId } })))
  return { service, ask: asker(service) }
}

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64')

describe('item', () => {
  it('has the values that were uploaded', async () => {
    const { service, ask } = await openShop()
    const attributes = { title: 'Lamp', price: 12.5, sale: false, tags: ['a', 'b'], size: { cm: 3 } }
    await service.uploads.upsertItems([{ itemId: 'i1', attributes }])
    const { data, errors } = await ask(/* GraphQL */ `
      {
        item(itemId: "i1") {
          id itemId attributes available updatedAt
          named: attributes(names: ["price", "nothing", "toString"])
          title: attribute(name: "title") price: attribute(name: "price") sale: attribute(name: "sale")
          tags: attribute(name: "tags") size: attribute(name: "size") nothing: attribute(name: "toString")
        }
      }
    `)
    expect(errors).toBeUndefined()
    expect(data?.item).toEqual({
      id: globalId('Item', 'i1'),
      itemId: 'i1',
      attributes,
      available: true,
      updatedAt: new Date(START).toISOString(),
      named: { price: 12.5 },
      title: 'Lamp',
      price: 12.5,
      sale: false,
      tags: null,
      size: null,
      nothing: null,
    })
  })

  it('is null if it is unknown or was deleted', async () => {
    const { service, ask } = await openShop(['i1'])
    const query = '{ known: item(itemId: "i1") { itemId } unknown: item(itemId: "i2") { itemId } }'
    expect(await ask(query)).toEqual({ data: { known: { itemId: 'i1' }, unknown: null } })
    await service.uploads.deleteItems(['i1'])
    expect(await ask(query)).toEqual({ data: { known: null, unknown: null } })
  })
})

describe('items', () => {
  // In order of id, which is the order of neither upload nor time.
  const ids = ['i10', 'i2', 'i30', 'i4', 'ü:5']

  async function ask(variables: Record<string, unknown>, itemIds = ids) {
    const { ask } = await openShop(itemIds.toReversed())
    const { items } = page.parse(await ask(ITEMS, variables)).data
    return { ...items, ids: items.edges.map(({ node }) => node.itemId) }
  }

  it('is paged forwards, each once', async () => {
    const { service, ask } = await openShop(ids.toReversed())
    const read: string[] = []
    const more: boolean[] = []
    let after: string | null = null
    do {
      const items: Page = page.parse(await ask(ITEMS, { first: 2, after })).data.items
      expect(items.totalCount).toBe(5)
      expect(items.pageInfo.startCursor).toBe(items.edges[0].cursor)
      expect(items.pageInfo.endCursor).toBe(items.edges.at(-1)?.cursor)
      read.push(...items.edges.map(({ node }) => node.itemId))
      more.push(items.pageInfo.hasNextPage)
      after = items.pageInfo.hasNextPage ? items.pageInfo.endCursor : null
    } while (after !== null)
    expect(read).toEqual(ids)
    expect(more).toEqual([true, true, false])
    await service.uploads.deleteItems(['i2'])
    expect(page.parse(await ask(ITEMS, {})).data.items.totalCount).toBe(4)
  })

  it('is paged backwards, each page in the same order', async () => {
    const { ask } = await openShop(ids)
    const pages: string[][] = []
    const more: boolean[] = []
    let before: string | null = null
    do {
      const items: Page = page.parse(await ask(ITEMS, { last: 2, before })).data.items
      pages.push(items.edges.map(({ node }) => node.itemId))
      more.push(items.pageInfo.hasPreviousPage)
      before = items.pageInfo.hasPreviousPage ? items.pageInfo.startCursor : null
    } while (before !== null)
    expect(pages).toEqual([['i4', 'ü:5'], ['i2', 'i30'], ['i10']])
    expect(more).toEqual([true, true, false])
  })

  it('continues after an item that was deleted meanwhile', async () => {
    const { service, ask } = await openShop(ids)
    const { items } = page.parse(await ask(ITEMS, { first: 2 })).data
    await service.uploads.deleteItems(['i2'])
    const next = page.parse(await ask(ITEMS, { first: 2, after: items.pageInfo.endCursor })).data.items
    expect(next.edges.map(({ node }) => node.itemId)).toEqual(['i30', 'i4'])
  })

  it('can be limited by two cursors', async () => {
    const { ask } = await openShop(ids)
    const { items } = page.parse(await ask(ITEMS, {})).data
    const cursor = (at: number) => items.edges[at].cursor
    const between = page.parse(await ask(ITEMS, { first: 10, after: cursor(0), before: cursor(4) })).data.items
    expect(between.edges.map(({ node }) => node.itemId)).toEqual(['i2', 'i30', 'i4'])
    expect(between.totalCount).toBe(5)
  })

  it('can be empty', async () => {
    expect(await ask({ first: 2 }, [])).toMatchObject({
      totalCount: 0,
      ids: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
    })
    expect(await ask({ first: 0 })).toMatchObject({ totalCount: 5, ids: [], pageInfo: { hasNextPage: true } })
  })

  it('has 20 items on a page by default, and at most 500', async () => {
    const many = Array.from({ length: 600 }, (_, i) => `i${String(i).padStart(3, '0')}`)
    const { ask } = await openShop(many)
    expect(page.parse(await ask(ITEMS, {})).data.items.edges).toHaveLength(20)
    const largest = page.parse(await ask(ITEMS, { first: 500 })).data.items
    expect(largest.edges).toHaveLength(500)
    expect(largest.pageInfo.hasNextPage).toBe(true)
    for (const arguments_ of [{ first: 501 }, { last: 501 }, { first: -1 }, { last: -1 }]) {
      expect(await ask(ITEMS, arguments_)).toMatchObject({
        data: { items: null },
        errors: [{ path: ['items'], extensions: { code: 'BAD_USER_INPUT' } }],
      })
    }
  })
})

describe('node', () => {
  const NODE = 'query ($id: ID!) { node(id: $id) { __typename id ... on Item { itemId } ... on User { userId } } }'

  it('finds every kind of object by its id, and nothing by an unknown or invalid id', async () => {
    const { service, ask } = await openShop(['i1', 'ü:5'])
    await service.uploads.upsertUsers([{ userId: 'u1', attributes: { segment: 'loyal' } }])
    const found = async (id: string) => {
      const { data, errors } = await ask(NODE, { id })
      expect(errors).toBeUndefined()
      return data?.node
    }
    const known = await ask('{ item(itemId: "ü:5") { id } user(userId: "u1") { id } }')
    const { item, user } = z.object({ item: z.object({ id: z.string() }), user: z.object({ id: z.string() }) }).parse(known.data)
    expect(await found(item.id)).toEqual({ __typename: 'Item', id: item.id, itemId: 'ü:5' })
    expect(await found(user.id)).toEqual({ __typename: 'User', id: user.id, userId: 'u1' })
    for (const id of [
      globalId('Item', 'i2'),
      globalId('User', 'u2'),
      globalId('Slate', 'i1'),
      globalId('Nothing', 'i1'),
      'i1',
      '',
    ])
      expect(await found(id)).toBeNull()
    const ids = [item.id, 'garbage', user.id, globalId('Item', 'i2'), globalId('Item', 'i1')]
    expect(await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }', { ids })).toEqual({
      data: { nodes: [{ __typename: 'Item' }, null, { __typename: 'User' }, null, { __typename: 'Item' }] },
    })
  })

  it('knows every type that has an id', () => {
    const node = schema.getType('Node')
    expect(node).toBeInstanceOf(GraphQLInterfaceType)
    const names = schema.getPossibleTypes(node as GraphQLInterfaceType).map(({ name }) => name)
    expect(names.sort()).toEqual(['ApiKey', 'Event', 'Item', 'Model', 'Slate', 'User'])
  })
})

describe('lists of items', () => {
  const scored = z.array(z.object({ score: z.number(), item: z.object({ itemId: z.string() }) }))
  const idsOf = (list: unknown) => scored.parse(list).map(({ item }) => item.itemId)
  const event = (userId: string, itemId: string, eventType = 'view', surface?: string) => ({
    userId,
    itemId,
    eventType,
    ...(surface !== undefined && { eventAttributes: { surface } }),
  })

  it('trending contains items with many events now, in the shop or on one surface, but no unavailable ones', async () => {
    const { service, ask } = await openShop(['i1', 'i2', 'i3', 'i4'])
    await service.ingest.record([
      event('a', 'i1', 'view', 'home'),
      event('a', 'i2', 'purchase'),
      event('b', 'i2', 'view', 'home'),
      event('c', 'i2', 'view', 'home'),
      event('a', 'i3', 'add_to_cart'),
      event('a', 'gone'),
    ])
    const { data } = await ask(
      '{ trending { score item { itemId } } home: trending(surface: "home") { score item { itemId } } top: trending(first: 1) { score item { itemId } } }',
    )
    expect(data?.trending).toEqual([
      { score: expect.closeTo(6, 8), item: { itemId: 'i3' } },
      { score: expect.closeTo(5, 8), item: { itemId: 'i2' } },
      { score: expect.closeTo(1, 8), item: { itemId: 'i1' } },
    ])
    expect(idsOf(data?.home)).toEqual(['i2', 'i1'])
    expect(idsOf(data?.top)).toEqual(['i3'])
    await service.uploads.upsertItems([{ itemId: 'i3', attributes: {}, available: false }])
    await service.uploads.deleteItems(['i2'])
    expect(idsOf((await ask('{ trending { score item { itemId } } }')).data?.trending)).toEqual(['i1'])
  })

  it('trending forgets with a half-life of a day', async () => {
    const clock = new SettableClock()
    const service = await openTestService({ clock })
    await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
    await service.ingest.record([event('a', 'i1')])
    clock.advance(24 * 3600 * 1000)
    const [{ score }] = scored.parse((await asker(service)('{ trending { score item { itemId } } }')).data?.trending)
    expect(score).toBeCloseTo(0.5, 9)
  })

  it('similarItems, like the field similar of an item, contains items on which the same users act, most similar first', async () => {
    const { service, ask } = await openShop(['i1', 'i2', 'i3', 'i4'])
    for (const userId of ['a', 'b', 'c']) {
      await service.ingest.record([event(userId, 'i1')])
      await service.ingest.record([event(userId, 'i2')])
    }
    await service.ingest.record([event('d', 'i1'), event('d', 'i3')])
    const query = /* GraphQL */ `
      {
        similarItems(itemId: "i1") { score item { itemId } }
        one: similarItems(itemId: "i1", first: 1) { score item { itemId } }
        nobody: similarItems(itemId: "i4") { score item { itemId } }
        unknown: similarItems(itemId: "nothing") { score item { itemId } }
        item(itemId: "i1") { similar { score item { itemId } } }
      }
    `
    const { data, errors } = await ask(query)
    expect(errors).toBeUndefined()
    const similar = scored.parse(data?.similarItems)
    expect(idsOf(similar)).toEqual(['i2', 'i3'])
    expect(similar[0].score).toBeGreaterThan(similar[1].score)
    expect(idsOf(data?.one)).toEqual(['i2'])
    expect(data?.nobody).toEqual([])
    expect(data?.unknown).toEqual([])
    expect(data?.item).toEqual({ similar })
    await service.uploads.upsertItems([{ itemId: 'i2', attributes: {}, available: false }])
    expect(idsOf((await ask(query)).data?.similarItems)).toEqual(['i3'])
  })
})
