import { describe, expect, it, onTestFinished } from 'vitest'
import type { Service } from '../../src/service/service.ts'
import { newStoreOn, onEachStore } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { connect, openTestService, serve, TRANSPORTS } from '../support/server.ts'
import { itemIds, LIVE, slateOf } from '../support/slate-answer.ts'

const DELETE = 'mutation ($ids: [ID!]!) { deleteItems(input: { itemIds: $ids }) { ... on DeleteItemsPayload { deleted } } }'
const UPSERT = 'mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { ... on UpsertPayload { accepted } } }'

const ITEMS = ['i1', 'i2', 'i3', 'i4', 'i5']

async function shop(service: Service): Promise<string> {
  await service.uploads.upsertItems(ITEMS.map((itemId) => ({ itemId, attributes: {} })))
  const { url } = await serve(service)
  return url
}

function follow(url: string, transport = 'graphql-transport-ws') {
  return connect(TRANSPORTS[transport], url).subscribe(LIVE, { input: { userId: 'me', first: 2 } })
}

onEachStore('a deleted item', (open) => {
  it.each(Object.keys(TRANSPORTS))('disappears from the streams that show it, over %s', async (transport) => {
    const url = await shop(await open())
    const stream = follow(url, transport)
    const [first, second] = itemIds(slateOf(await stream.next()))
    await post(url, DELETE, { ids: [first] })
    const slate = slateOf(await stream.next())
    expect(slate).toMatchObject({ trigger: 'CATALOGUE', changed: true })
    expect(itemIds(slate)).toContain(second)
    expect(itemIds(slate)).not.toContain(first)
  })

  it('comes back to them when it is added again, as a new item', async () => {
    const url = await shop(await open())
    const stream = follow(url)
    const [first, second] = itemIds(slateOf(await stream.next()))
    await post(url, DELETE, { ids: [first] })
    expect(slateOf(await stream.next()).trigger).toBe('CATALOGUE')
    await post(url, UPSERT, { input: [{ itemId: first, attributes: { title: 'again' } }] })
    // The newest of those that nobody knows stands first.
    await post(url, DELETE, { ids: [second] })
    const slate = slateOf(await stream.next())
    expect(slate.trigger).toBe('CATALOGUE')
    expect(itemIds(slate)[0]).toBe(first)
  })

  it('also disappears from them if it is paused, and other streams get nothing', async () => {
    const url = await shop(await open())
    const stream = follow(url)
    const [kept, shown] = itemIds(slateOf(await stream.next()))
    const hidden = ITEMS.filter((itemId) => itemId !== kept && itemId !== shown)
    await post(url, DELETE, { ids: hidden.slice(1) })
    await post(url, UPSERT, { input: [{ itemId: shown, attributes: {}, available: false }] })
    const slate = slateOf(await stream.next())
    expect(slate.trigger).toBe('CATALOGUE')
    expect(itemIds(slate)).toEqual([kept, hidden[0]])
    expect(stream.unread).toBe(0)
  })
})

describe.skipIf(!redisAvailable)('an item that another process deletes', () => {
  it('disappears from the streams of this one', async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const store = newStoreOn(redis)
    const url = await shop(await openTestService(store))
    const other = await openTestService(store)
    const stream = follow(url)
    const [first] = itemIds(slateOf(await stream.next()))
    await other.uploads.deleteItems([first])
    const slate = slateOf(await stream.next())
    expect(slate.trigger).toBe('CATALOGUE')
    expect(itemIds(slate)).not.toContain(first)
  })
})
