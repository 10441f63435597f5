import { expect, it } from 'vitest'
import { z } from 'zod'
import type { Service } from '../../src/service/service.ts'
import type { Json } from '../../src/state/user-value.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'

const page = z.object({
  data: z.object({
    items: z.object({
      totalCount: z.number(),
      edges: z.array(z.object({ cursor: z.string(), node: z.object({ itemId: z.string() }) })),
      pageInfo: z.object({ hasNextPage: z.boolean(), hasPreviousPage: z.boolean() }),
    }),
  }),
})

const ITEMS = /* GraphQL */ `
  query ($first: Int, $after: String, $last: Int, $before: String, $filter: ItemFilter, $orderBy: ItemOrder, $direction: OrderDirection! = DESC) {
    items(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy, direction: $direction) {
      totalCount edges { cursor node { itemId } } pageInfo { hasNextPage hasPreviousPage }
    }
  }
`
const TRENDING = /* GraphQL */ `
  query ($first: Int!, $filter: ItemFilter) { trending(first: $first, filter: $filter) { score item { itemId } } }
`

const SHOP: Record<string, { [name: string]: Json }> = {
  a: { offer: 3, tags: ['x'] },
  b: { offer: 1, tags: ['x', 'y'] },
  c: { tags: [] },
  d: { offer: 3 },
  e: { offer: 'free' },
  f: { offer: [1, 2] },
}

async function fill(service: Service, clock: SettableClock): Promise<void> {
  for (const [itemId, attributes] of Object.entries(SHOP)) {
    clock.advance(1000)
    await service.uploads.upsertItems([{ itemId, attributes }])
  }
  const views = ['a', 'a', 'a', 'b', 'd', 'd']
  await service.ingest.record(views.map((itemId, i) => ({ userId: `u${i}`, itemId, eventType: 'view' })))
  await service.store.settle()
}

onEachStoreWhenLong('items', (open) => {
  async function openShop() {
    const clock = new SettableClock()
    const service = await open({ clock })
    await fill(service, clock)
    const ask = asker(service)
    const find = async (variables: object) => page.parse(await ask(ITEMS, { ...variables })).data.items
    const idsOf = ({ edges }: Awaited<ReturnType<typeof find>>) => edges.map(({ node }) => node.itemId).join('')
    return { service, clock, ask, find, idsOf, ids: async (variables: object) => idsOf(await find(variables)) }
  }

  it('are found by attributes and by features', async () => {
    const { find, ids } = await openShop()
    expect(await find({ filter: { attribute: { name: 'offer', gte: 1 } }, first: 2 })).toMatchObject({
      totalCount: 3,
      edges: [{ node: { itemId: 'a' } }, { node: { itemId: 'b' } }],
      pageInfo: { hasNextPage: true },
    })
    expect(await ids({ filter: { attribute: { name: 'tags', in: ['y', 'z'] } } })).toBe('b')
    expect(await ids({ filter: { attribute: { name: 'offer', exists: false } } })).toBe('c')
    expect(await ids({ filter: { feature: { name: 'item_views', gte: 2 } } })).toBe('ad')
    expect(await ids({ filter: { not: { feature: { name: 'item_views', gte: 2 } } } })).toBe('bcef')
    expect(await ids({ filter: { attribute: { name: 'unheard_of', eq: 1 } } })).toBe('')
  })

  it('have no cursors on an empty page', async () => {
    const { ask } = await openShop()
    const query =
      'query ($after: String) { items(first: 5, after: $after, filter: { attribute: { name: "none", eq: 1 } }) { edges { cursor } pageInfo { startCursor endCursor } } }'
    const empty = { data: { items: { edges: [], pageInfo: { startCursor: null, endCursor: null } } } }
    expect(await ask(query)).toEqual(empty)
    expect(await ask(query, { after: null })).toEqual(empty)
    const events = '{ user(userId: "u0") { events(first: 0) { pageInfo { startCursor endCursor } } } }'
    expect(await ask(events)).toEqual({ data: { user: { events: { pageInfo: { startCursor: null, endCursor: null } } } } })
  })

  it('are ordered by an attribute: numbers, then texts, then missing values, and ties by id', async () => {
    const { ids } = await openShop()
    expect(await ids({ orderBy: { attribute: 'offer' }, direction: 'ASC' })).toBe('badecf')
    expect(await ids({ orderBy: { attribute: 'offer' } })).toBe('eadbcf')
    expect(await ids({ orderBy: { attribute: 'offer' }, filter: { attribute: { name: 'tags' } } })).toBe('abc')
  })

  it('are ordered by a feature', async () => {
    const { ids } = await openShop()
    expect(await ids({ orderBy: { feature: 'item_views' } })).toBe('adbcef')
    // Nobody has seen c, e and f: how long ago they were is missing.
    expect(await ids({ orderBy: { feature: 'item_idle_hours' }, direction: 'ASC' })).toMatch(/cef$/)
  })

  it.each([{ orderBy: null }, { orderBy: { attribute: 'offer' } }, { orderBy: { feature: 'item_views' }, direction: 'ASC' }])(
    'come page by page, forwards and backwards, while other items are deleted (%o)',
    async (order) => {
      const { find, idsOf, service } = await openShop()
      const whole = await find({ ...order })
      const first = await find({ ...order, first: 2 })
      const { cursor } = first.edges[1]
      expect(idsOf(first)).toBe(idsOf(whole).slice(0, 2))
      await service.uploads.deleteItems([first.edges[0].node.itemId, first.edges[1].node.itemId])
      const second = await find({ ...order, first: 2, after: cursor })
      expect(idsOf(second)).toBe(idsOf(whole).slice(2, 4))
      expect(second.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: expect.any(Boolean) })
      const third = await find({ ...order, first: 5, after: second.edges[1].cursor })
      expect(idsOf(third)).toBe(idsOf(whole).slice(4))
      expect(idsOf(await find({ ...order, last: 1, before: third.edges[0].cursor }))).toBe(idsOf(whole)[3])
    },
  )

  it('that trend are followed by the newest ones that meet the filter', async () => {
    const { ask, service } = await openShop()
    await service.uploads.upsertItems([{ itemId: 'a', attributes: {}, available: false }])
    const trending = async (filter: object | null, first = 3) => (await ask(TRENDING, { first, filter })).data?.trending
    const scored = (itemId: string, score: number) => ({ score, item: { itemId } })
    expect(await trending(null)).toEqual([scored('d', expect.closeTo(2, 2)), scored('b', expect.closeTo(1, 2))])
    expect(await trending({ not: { attribute: { name: 'offer', eq: 3 } } })).toEqual([
      scored('b', expect.closeTo(1, 2)),
      scored('f', 0),
      scored('e', 0),
    ])
    expect(await trending({ feature: { name: 'item_views', lt: 2 } }, 2)).toEqual([
      scored('b', expect.closeTo(1, 2)),
      scored('f', 0),
    ])
    expect(await trending({ feature: { name: 'item_views', gt: 1 } }, 9)).toEqual([scored('d', expect.closeTo(2, 2))])
  })

  it.each<[object, string]>([
    [{ filter: { and: [{ feature: { name: 'nonsense', gt: 1 } }] } }, 'filter.and.0.feature.name: unknown feature'],
    [{ filter: { feature: { name: 'pair_views', gt: 1 } } }, 'filter.feature.name: pair_views is a feature of USER_ITEM'],
    [{ orderBy: { feature: 'nonsense' } }, 'orderBy.feature: unknown feature nonsense'],
    [{ orderBy: { attribute: '' } }, 'orderBy.attribute has 0 characters'],
    [{ after: 'bm9uc2Vuc2U' }, 'Invalid cursor bm9uc2Vuc2U'],
  ])('cannot be requested with %j', async (variables, message) => {
    const { ask } = await openShop()
    const { errors } = await ask(ITEMS, { ...variables })
    expect(errors).toMatchObject([{ message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } }])
  })
})
