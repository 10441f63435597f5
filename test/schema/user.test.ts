import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Service } from '../../src/service/service.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { asker, connect, openTestService, serve, TRANSPORTS } from '../support/server.ts'
import { SettableClock, START } from '../support/settable-clock.ts'
import { RECORD, recordedOf } from '../support/slate-answer.ts'

const MINUTE = 60_000

async function openShop(): Promise<{ service: Service; ask: ReturnType<typeof asker>; clock: SettableClock }> {
  const clock = new SettableClock()
  const service = await openTestService({ clock })
  const attributes = (category: string, price: number) => ({ title: `A ${category}`, category, price })
  await service.uploads.upsertItems([
    { itemId: 'i1', attributes: attributes('lamp', 10) },
    { itemId: 'i2', attributes: attributes('shade', 20) },
  ])
  return { service, ask: asker(service), clock }
}

const event = (itemId: string, eventType = 'view', sessionId?: string) => ({ userId: 'me', itemId, eventType, sessionId })

describe('user', () => {
  const USER = /* GraphQL */ `
    query ($userId: ID!) {
      user(userId: $userId) {
        id userId attributes version
        named: attributes(names: ["segment", "nothing"])
        features(names: ["user_events", "session_length", "user_category_share"]) { name value breakdown { key value } }
        events: feature(name: "user_events")
        recentItems { itemId lastEventAt item { itemId } }
        latest: recentItems(first: 1) { itemId }
      }
    }
  `

  it('is null if nothing is known about the user', async () => {
    const { ask } = await openShop()
    expect(await ask(USER, { userId: 'nobody' })).toEqual({ data: { user: null } })
  })

  it('has the uploaded attributes, and features from events', async () => {
    const { service, ask, clock } = await openShop()
    await service.uploads.upsertUsers([{ userId: 'me', attributes: { segment: 'loyal', age: 40 } }])
    await service.ingest.record([event('i1'), event('i2', 'add_to_cart')])
    clock.advance(MINUTE)
    const [recorded] = await service.ingest.record([event('gone')])
    const { data, errors } = await ask(USER, { userId: 'me' })
    expect(errors).toBeUndefined()
    const at = (ms: number) => new Date(ms).toISOString()
    expect(data?.user).toEqual({
      id: Buffer.from('User:me').toString('base64'),
      userId: 'me',
      attributes: { segment: 'loyal', age: 40 },
      named: { segment: 'loyal' },
      version: 'userVersion' in recorded ? recorded.userVersion : undefined,
      features: [
        { name: 'user_events', value: 3, breakdown: null },
        { name: 'session_length', value: 3, breakdown: null },
        {
          name: 'user_category_share',
          value: null,
          breakdown: [
            { key: 'shade', value: expect.closeTo(6 / 7, 9) },
            { key: 'lamp', value: expect.closeTo(1 / 7, 9) },
          ],
        },
      ],
      events: 3,
      recentItems: [
        { itemId: 'gone', lastEventAt: at(START + MINUTE), item: null },
        { itemId: 'i2', lastEventAt: at(START), item: { itemId: 'i2' } },
        { itemId: 'i1', lastEventAt: at(START), item: { itemId: 'i1' } },
      ],
      latest: [{ itemId: 'gone' }],
    })
  })

  it('has no session once it has ended', async () => {
    const { service, ask, clock } = await openShop()
    await service.ingest.record([event('i1')])
    const query = '{ user(userId: "me") { feature(name: "session_length") } }'
    clock.advance(30 * MINUTE)
    expect(await ask(query)).toEqual({ data: { user: { feature: 1 } } })
    clock.advance(1)
    expect(await ask(query)).toEqual({ data: { user: { feature: null } } })
  })
})

describe('names of features', () => {
  const queries = {
    userFeatures: 'query ($names: [String!]) { userFeatures(userIds: ["me"], names: $names) { features { name } } }',
    itemFeatures: 'query ($names: [String!]) { itemFeatures(itemIds: ["i1"], names: $names) { features { name } } }',
    userItemFeatures:
      'query ($names: [String!]) { userItemFeatures(userId: "me", itemIds: ["i1"], names: $names) { features { name } } }',
    user: 'query ($names: [String!]) { user(userId: "me") { features(names: $names) { name } } }',
    item: 'query ($names: [String!]) { item(itemId: "i1") { features(names: $names) { name } } }',
  }
  const own: Record<keyof typeof queries, string> = {
    userFeatures: 'user_events',
    itemFeatures: 'item_views',
    userItemFeatures: 'pair_views',
    user: 'session_length',
    item: 'brand_ctr_7d',
  }
  const foreign: Record<keyof typeof queries, string> = {
    userFeatures: 'item_views',
    itemFeatures: 'user_events',
    userItemFeatures: 'item_views',
    user: 'pair_views',
    item: 'session_length',
  }
  const names = Object.keys(queries) as (keyof typeof queries)[]

  it.each(names)('of %s: the requested ones come in the requested order, and all if none are named', async (name) => {
    const { service, ask } = await openShop()
    await service.ingest.record([event('i1')])
    const shape = z.union([
      z.array(z.object({ features: z.array(z.object({ name: z.string() })) })).transform(([first]) => first.features),
      z.object({ features: z.array(z.object({ name: z.string() })) }).transform(({ features }) => features),
    ])
    const read = async (asked: string[] | null) => {
      const { data } = await ask(queries[name], { names: asked })
      return shape.parse(data?.[name]).map((feature) => feature.name)
    }
    const all = await read(null)
    expect(all).toContain(own[name])
    expect(all).not.toContain(foreign[name])
    const some = [own[name], ...all.filter((other) => other !== own[name]).slice(0, 2)].reverse()
    expect(await read(some)).toEqual(some)
    expect(await read([])).toEqual([])
  })

  it.each(names)('of %s: one that does not exist, or has another kind, is refused by name', async (name) => {
    const { service, ask } = await openShop()
    await service.ingest.record([event('i1')])
    for (const wrong of ['no_such_feature', foreign[name]]) {
      const { errors } = await ask(queries[name], { names: [own[name], wrong] })
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
      expect(errors?.[0].message).toContain(wrong)
    }
    const { errors } = await ask(queries[name], { names: new Array(201).fill(own[name]) })
    expect(errors).toMatchObject([
      { message: '201 feature names were passed; at most 200 are allowed.', extensions: { code: 'BAD_USER_INPUT' } },
    ])
  })

  it('of feature are refused alike', async () => {
    const { service, ask } = await openShop()
    await service.ingest.record([event('i1')])
    for (const query of [
      '{ user(userId: "me") { feature(name: "item_views") } }',
      '{ item(itemId: "i1") { feature(name: "x") } }',
    ])
      expect((await ask(query)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })
})

describe('features', () => {
  it('of users are those of the present, with nulls for a user without events', async () => {
    const { service, ask } = await openShop()
    const [recorded] = await service.ingest.record([event('i1')])
    const query = `query { userFeatures(userIds: ["nobody", "me"], names: ["user_events", "session_length", "user_category_share"]) {
      userId version asOf features { name value breakdown { key value } } } }`
    const asOf = new Date(START).toISOString()
    const values = (events: number | null, session: number | null, breakdown: object[]) => [
      { name: 'user_events', value: events, breakdown: null },
      { name: 'session_length', value: session, breakdown: null },
      { name: 'user_category_share', value: null, breakdown },
    ]
    expect(await ask(query)).toEqual({
      data: {
        userFeatures: [
          { userId: 'nobody', version: 0, asOf, features: values(null, null, []) },
          {
            userId: 'me',
            version: 'userVersion' in recorded ? recorded.userVersion : undefined,
            asOf,
            features: values(1, 1, [{ key: 'lamp', value: 1 }]),
          },
        ],
      },
    })
  })

  it('of items come in the requested order, with nulls for an unknown item', async () => {
    const { service, ask } = await openShop()
    await service.ingest.record([event('i1'), event('i1'), event('unlisted')])
    const query = `query ($itemIds: [ID!]!) { itemFeatures(itemIds: $itemIds, names: ["item_views", "item_price"]) {
      itemId features { name value } } }`
    const row = (itemId: string, views: number | null, price: number | null) => ({
      itemId,
      features: [
        { name: 'item_views', value: views },
        { name: 'item_price', value: price },
      ],
    })
    const itemIds = ['i2', 'nobody-knows', 'i1', 'unlisted', 'i1']
    expect(await ask(query, { itemIds })).toEqual({
      data: {
        itemFeatures: [
          row('i2', 0, 20),
          row('nobody-knows', null, null),
          row('i1', 2, 10),
          row('unlisted', 1, null),
          row('i1', 2, 10),
        ],
      },
    })
    expect(await ask(query, { itemIds: new Array(501).fill('i1') })).toMatchObject({
      errors: [{ message: 'itemIds has 501 entries; at most 500 are allowed.', extensions: { code: 'BAD_USER_INPUT' } }],
    })
  })

  it('of a user with items come in the requested order', async () => {
    const { service, ask, clock } = await openShop()
    await service.ingest.record([event('i1', 'click'), event('i1', 'view')])
    clock.advance(5000)
    const query = `query ($userId: ID!) {
      userItemFeatures(userId: $userId, itemIds: ["i2", "i1"], names: ["pair_clicks", "pair_seconds_since_view"]) {
        itemId features { name value }
      }
    }`
    const row = (itemId: string, clicks: number, seconds: number | null) => ({
      itemId,
      features: [
        { name: 'pair_clicks', value: clicks },
        { name: 'pair_seconds_since_view', value: seconds },
      ],
    })
    expect(await ask(query, { userId: 'me' })).toEqual({ data: { userItemFeatures: [row('i2', 0, null), row('i1', 1, 5)] } })
    expect(await ask(query, { userId: 'nobody' })).toEqual({
      data: { userItemFeatures: [row('i2', 0, null), row('i1', 0, null)] },
    })
  })
})

onEachStoreWhenLong("a user's features, followed", (open) => {
  const WATCH = /* GraphQL */ `
    subscription ($names: [String!]) {
      userFeatures(userId: "me", names: $names, minIntervalMs: 0) { userId version asOf features { name value } }
    }
  `

  it.each(Object.keys(TRANSPORTS))('come at once and at each change, impressions among them (%s)', async (transport) => {
    const { url } = await serve(await open())
    const watched = connect(TRANSPORTS[transport], url).subscribe(WATCH, { names: ['user_events', 'session_length'] })
    const message = (version: number, events: number | null, session: number | null) => ({
      data: {
        userFeatures: {
          userId: 'me',
          version,
          asOf: expect.any(String),
          features: [
            { name: 'user_events', value: events },
            { name: 'session_length', value: session },
          ],
        },
      },
    })
    expect(await watched.next()).toEqual(message(0, null, null))
    const record = async (eventType: string) =>
      recordedOf(await post(url, RECORD, { input: { userId: 'me', itemId: 'i1', eventType } })).userVersion
    const viewed = await record('view')
    expect(await watched.next()).toEqual(message(viewed, 1, 1))
    const version = await record('impression')
    const shown = z
      .object({ data: z.object({ userFeatures: z.object({ version: z.number(), features: z.array(z.unknown()) }) }) })
      .parse(await watched.next())
    expect(shown.data.userFeatures.version).toBe(version)
    expect(shown.data.userFeatures.features[1]).toEqual({ name: 'session_length', value: 1 })
  })

  it('are refused if a name is wrong, without an effect on other operations', async () => {
    const { url } = await serve(await open())
    const client = connect(TRANSPORTS['graphql-transport-ws'], url)
    const refused = client.subscribe(WATCH, { names: ['item_views'] })
    expect(await refused.next()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    await refused.ended
    expect(await client.subscribe(WATCH, { names: [] }).next()).toMatchObject({ data: { userFeatures: { features: [] } } })
  })
})
