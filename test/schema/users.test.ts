import { expect, it } from 'vitest'
import { z } from 'zod'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { asker, openTestService } from '../support/server.ts'
import { START } from '../support/settable-clock.ts'

const USERS = /* GraphQL */ `
  query (
    $first: Int, $after: String, $last: Int, $before: String
    $filter: UserFilter, $orderBy: UserOrder, $direction: OrderDirection! = DESC
  ) {
    users(
      first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy, direction: $direction
    ) {
      totalCount asOf sampled
      pageInfo { hasNextPage hasPreviousPage endCursor }
      edges { cursor node { userId attributes feature(name: "user_events") } }
    }
  }
`
const page = z.object({
  totalCount: z.number(),
  asOf: z.string(),
  sampled: z.boolean(),
  pageInfo: z.object({ hasNextPage: z.boolean(), hasPreviousPage: z.boolean(), endCursor: z.string().nullable() }),
  edges: z.array(z.object({ cursor: z.string(), node: z.looseObject({ userId: z.string() }) })),
})

/** Events by user. */
const EVENTS = { ann: 3, bob: 1, cid: 2, dan: 1, eve: 5 }

bothStoresWhenLong((open) => {
  async function openShop() {
    const service = await open()
    for (const [userId, count] of Object.entries(EVENTS))
      await service.ingest.record(Array.from({ length: count }, (_, n) => ({ userId, eventType: 'search', eventId: `${n}` })))
    await service.uploads.upsertUsers([
      { userId: 'ann', attributes: { segment: 'loyal', age: 40 } },
      { userId: 'cid', attributes: { segment: 'loyal', age: 20 } },
      { userId: 'dan', attributes: { age: 30 } },
      // Without an event, nothing is known that an analyst looks for.
      { userId: 'fay', attributes: { age: 99 } },
    ])
    await service.uploads.upsertUsers([{ userId: 'eve', attributes: {}, optOut: true }])
    const ask = asker(service)
    const find = async (variables: object = {}) => {
      const { data, errors } = await ask(USERS, { ...variables })
      expect(errors).toBeUndefined()
      return page.parse(data?.users)
    }
    const ids = async (variables: object = {}) => (await find(variables)).edges.map(({ node }) => node.userId).join(' ')
    return { service, ask, find, ids }
  }

  it('users are found by attributes and features, of one moment', async () => {
    const { find, ids } = await openShop()
    expect(await find({ first: 1 })).toEqual({
      totalCount: 4,
      asOf: new Date(START).toISOString(),
      sampled: false,
      pageInfo: { hasNextPage: true, hasPreviousPage: false, endCursor: expect.any(String) },
      edges: [{ cursor: expect.any(String), node: { userId: 'ann', attributes: { segment: 'loyal', age: 40 }, feature: 3 } }],
    })
    expect(await ids()).toBe('ann bob cid dan')
    const loyal = { attribute: { name: 'segment', eq: 'loyal' } }
    expect(await ids({ filter: loyal })).toBe('ann cid')
    expect(await ids({ filter: { and: [loyal, { feature: { name: 'user_events', gte: 3 } }] } })).toBe('ann')
    expect(await ids({ filter: { not: { attribute: { name: 'age', exists: true } } } })).toBe('bob')
    expect(await ids({ filter: { or: [] } })).toBe('')
  })

  it('users are ordered by a feature or an attribute, and those without a value come last', async () => {
    const { ids } = await openShop()
    expect(await ids({ orderBy: { feature: 'user_events' } })).toBe('ann cid bob dan')
    expect(await ids({ orderBy: { feature: 'user_events' }, direction: 'ASC' })).toBe('bob dan cid ann')
    expect(await ids({ orderBy: { attribute: 'age' } })).toBe('ann dan cid bob')
    expect(await ids({ orderBy: { attribute: 'age' }, direction: 'ASC' })).toBe('cid dan ann bob')
  })

  it('users come page by page, forwards and backwards, while others are erased', async () => {
    const { service, find } = await openShop()
    const orderBy = { feature: 'user_events' }
    const first = await find({ orderBy, first: 1 })
    expect(first.edges.map(({ node }) => node.userId)).toEqual(['ann'])
    await service.erasures.erase('cid')
    // By the same snapshot: whoever was erased since is passed over.
    const second = await find({ orderBy, first: 1, after: first.pageInfo.endCursor })
    expect(second.edges.map(({ node }) => node.userId)).toEqual(['bob'])
    expect(second.pageInfo).toMatchObject({ hasNextPage: true })
    const third = await find({ orderBy, first: 5, after: second.pageInfo.endCursor })
    expect(third.edges.map(({ node }) => node.userId)).toEqual(['dan'])
    const back = await find({ orderBy, last: 1, before: third.edges[0].cursor })
    expect(back.edges.map(({ node }) => node.userId)).toEqual(['bob'])
  })

  it.each<[object, string]>([
    [{ filter: { feature: { name: 'item_views', gt: 1 } } }, 'filter.feature.name: item_views is a feature of ITEM'],
    [{ filter: { and: [{ feature: { name: 'nonsense', gt: 1 } }] } }, 'filter.and.0.feature.name: unknown feature'],
    [{ orderBy: { feature: 'nonsense' } }, 'orderBy.feature: unknown feature nonsense'],
    [{ orderBy: { attribute: '' } }, 'orderBy.attribute has 0 characters'],
    [{ after: 'bm9uc2Vuc2U' }, 'Invalid cursor bm9uc2Vuc2U'],
  ])('users cannot be requested with %j', async (variables, message) => {
    const { ask } = await openShop()
    const { data, errors } = await ask(USERS, { ...variables })
    expect(data?.users ?? null).toBeNull()
    expect(errors).toMatchObject([{ message: expect.stringContaining(message) }])
  })
})

it('if there are more users than a snapshot holds, it is a sample, and other requests get their turn', async () => {
  const service = await openTestService()
  const count = 2500
  const inputs = Array.from({ length: count }, (_, n) => ({ userId: `u${n}`, eventType: 'search' }))
  for (let start = 0; start < count; start += 500) await service.ingest.record(inputs.slice(start, start + 500))
  let turns = 0
  let isOver = false
  const tick = () => {
    turns++
    if (!isOver) setImmediate(tick)
  }
  setImmediate(tick)
  const { keys, isSampled } = await service.snapshots.users()
  isOver = true
  expect([keys.length, isSampled]).toEqual([2000, true])
  // At most 50 users are read in one turn.
  expect(turns).toBeGreaterThanOrEqual(39)
  const { data } = await asker(service)('{ users(first: 1) { totalCount sampled } }')
  expect(data).toEqual({ users: { totalCount: 2000, sampled: true } })
})
