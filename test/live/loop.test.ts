import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../../src/service/service.ts'
import { newStoreOn, onEachStore } from '../support/each-store.ts'
import { type GraphQLClient, post } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { connect, openTestService, serve, TRANSPORTS } from '../support/server.ts'
import { itemIds, LIVE, RECORD, recordedOf, slateOf } from '../support/slate-answer.ts'

const UPSERT = 'mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { ... on UpsertPayload { accepted } } }'
const RECORD_ALL =
  'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded } } }'

/** Lamps and shades go together; what most people look at is the kettle. */
async function fillShop(url: string, service: Service): Promise<void> {
  const items = ['kettle', 'lamp', 'shade'].map((itemId) => ({ itemId, attributes: { title: `A ${itemId}` } }))
  await post(url, UPSERT, { input: items })
  const others = ['a', 'b', 'c', 'd']
  const event = (userId: string, itemId: string) => ({ userId, itemId, eventType: 'view' })
  const together = others.slice(0, 2).flatMap((userId) => [event(userId, 'lamp'), event(userId, 'shade')])
  const input = [...together, ...others.map((userId) => event(`${userId}2`, 'kettle'))]
  expect(await post(url, RECORD_ALL, { input })).toEqual({ data: { recordEvents: { recorded: input.length } } })
  await service.store.settle()
}

/** From a slate of what is popular to one that answers to what was just done elsewhere. */
async function closeLoop(subscriber: GraphQLClient, record: (query: string, variables: object) => Promise<unknown>) {
  const slates = subscriber.subscribe(LIVE, { input: { userId: 'me', first: 3 } })
  const first = slateOf(await slates.next())
  expect(first).toMatchObject({ userId: 'me', version: 0, trigger: 'INITIAL', latestEventId: null, changed: true })
  expect(itemIds(first)[0]).toBe('kettle')

  const recorded = await record(RECORD, { input: { eventId: 'e1', userId: 'me', itemId: 'lamp', eventType: 'view' } })
  const { userVersion } = recordedOf(recorded as never)
  const [second, ...more] = (await slates.until((message) => slateOf(message).version >= userVersion)).map(slateOf)
  expect(more).toEqual([])
  expect(second).toMatchObject({ version: userVersion, trigger: 'EVENT', latestEventId: 'e1', changed: true })
  expect(second.items[0]).toMatchObject({
    position: 1,
    item: { itemId: 'shade' },
    reason: { code: 'BECAUSE_YOU_VIEWED', text: 'Because you looked at A lamp', anchorItem: { itemId: 'lamp' } },
  })
  expect(second.items.find(({ item }) => item.itemId === 'lamp')?.sources.map(({ name }) => name)).toContain('recent')
  expect(second.recommendationId).not.toBe(first.recommendationId)
}

onEachStore('the loop', (open) => {
  it.each(Object.keys(TRANSPORTS))('goes from an event by HTTP to a slate over %s', async (transport) => {
    const service = await open()
    const { url } = await serve(service)
    await fillShop(url, service)
    await closeLoop(connect(TRANSPORTS[transport], url), (query, variables) => post(url, query, { ...variables }))
  })

  it.each(Object.keys(TRANSPORTS))('goes from an event to a slate, both over %s', async (transport) => {
    const service = await open()
    const { url } = await serve(service)
    await fillShop(url, service)
    const other = connect(TRANSPORTS[transport], url)
    await closeLoop(connect(TRANSPORTS[transport], url), (query, variables) => other.ask(query, { ...variables }))
  })
})

describe.skipIf(!redisAvailable)('two replicas on one Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis.stop())

  it.each(Object.keys(TRANSPORTS))(
    'send a slate over %s from one replica for an event that the other recorded',
    async (transport) => {
      const store = newStoreOn(redis)
      const a = await openTestService(store)
      const b = await openTestService(store)
      const [atA, atB] = [await serve(a), await serve(b)]
      const known = heardOfItems(b, 3)
      await fillShop(atA.url, a)
      await known
      await closeLoop(connect(TRANSPORTS[transport], atA.url), (query, variables) => post(atB.url, query, { ...variables }))
      // The other way round, for another user.
      const slates = connect(TRANSPORTS[transport], atB.url).subscribe(LIVE, { input: { userId: 'you' } })
      expect(slateOf(await slates.next()).trigger).toBe('INITIAL')
      const { userVersion } = recordedOf(
        await post(atA.url, RECORD, { input: { eventId: 'e2', userId: 'you', itemId: 'shade', eventType: 'view' } }),
      )
      expect(slateOf(await slates.next())).toMatchObject({ version: userVersion, latestEventId: 'e2' })
    },
  )

  it('share one catalogue: one recommends an item that was uploaded to the other, until it is deleted', async () => {
    const store = newStoreOn(redis)
    const a = await openTestService(store)
    const b = await openTestService(store)
    const added = heardOfItems(b, 1)
    await a.uploads.upsertItems([{ itemId: 'kettle', attributes: { title: 'A kettle' } }])
    await added
    const request = { userId: 'me', first: 5, rules: { exclude: [] } }
    const absent = { surface: undefined, sessionId: undefined, device: undefined }
    const before = await b.recommender.recommend({ ...request, ...absent }, 'INITIAL')
    expect(before.items.map(({ itemId }) => itemId)).toEqual(['kettle'])
    const deleted = heardOfItems(b, 1)
    await a.uploads.deleteItems(['kettle'])
    await deleted
    expect((await b.recommender.recommend({ ...request, ...absent }, 'INITIAL')).items).toEqual([])
  })
})

onEachStore('the loop of someone who logs in', (open) => {
  it('continues under the old id: slates follow events under the new id, and versions never fall', async () => {
    const service = await open()
    const { url } = await serve(service)
    await fillShop(url, service)
    const client = connect(TRANSPORTS['graphql-transport-ws'], url)
    const record = async (eventId: string, userId: string, itemId: string) =>
      recordedOf(await post(url, RECORD, { input: { eventId, userId, itemId, eventType: 'view' } })).userVersion
    await record('e1', 'anon', 'kettle')
    await record('e2', 'anon', 'kettle')
    const slates = client.subscribe(LIVE, { input: { userId: 'anon', first: 3 }, minIntervalMs: 0 })
    const versions = [slateOf(await slates.next()).version]
    const merge =
      'mutation { mergeUsers(input: { from: "anon", into: "me" }) { ... on MergeUsersPayload { merged user { userId version } } } }'
    const merged = await post(url, merge)
    expect(merged.data?.mergeUsers).toMatchObject({ merged: true, user: { userId: 'me' } })
    expect((await post(url, merge)).data?.mergeUsers).toMatchObject({ merged: false })
    const version = await record('e3', 'me', 'lamp')
    const later = await slates.until((message) => slateOf(message).version >= version)
    versions.push(...later.map((message) => slateOf(message).version))
    expect(versions).toEqual([...versions].sort((a, b) => a - b))
    expect(slateOf(later.at(-1)!)).toMatchObject({ latestEventId: 'e3', userId: 'anon' })
    const circle = await post(
      url,
      'mutation { mergeUsers(input: { from: "me", into: "anon" }) { ... on Error { code message } } }',
    )
    expect(circle.data?.mergeUsers).toEqual({ code: 'BAD_USER_INPUT', message: expect.stringContaining('circle') })
  })
})

/** Resolves when the service has been told of so many items: its catalogue, which follows longer, knows them then. */
async function heardOfItems(service: Service, count: number): Promise<void> {
  let heard = 0
  let done = () => {}
  const all = new Promise<void>((resolve) => {
    done = resolve
  })
  const end = await service.signals.follow('item', () => {
    heard++
    if (heard === count) done()
  })
  await all
  await end()
}
