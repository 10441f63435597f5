import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { newStoreOn } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { connect, openTestService, type ServiceSettings, serve, TRANSPORTS } from '../support/server.ts'
import { LIVE, RECORD, recordedOf, type SlateAnswer, slateOf } from '../support/slate-answer.ts'

const ERASE = 'mutation { eraseUser(input: { userId: "me" }) { ... on EraseUserPayload { keys } } }'
const ITEMS = ['i1', 'i2'].map((itemId) => ({ itemId, attributes: {} }))

async function followed(settings: ServiceSettings) {
  const service = await openTestService(settings)
  await service.uploads.upsertItems(ITEMS)
  const { url } = await serve(service)
  const view = async (eventId: string) =>
    recordedOf(await post(url, RECORD, { input: { eventId, userId: 'me', itemId: 'i1', eventType: 'view' } })).userVersion
  const stream = connect(TRANSPORTS['graphql-transport-ws'], url).subscribe(LIVE, {
    input: { userId: 'me', first: 2 },
    minIntervalMs: 0,
    onlyChanged: false,
  })
  expect(slateOf(await stream.next()).trigger).toBe('INITIAL')
  /** Slates up to the one that says so. */
  const until = async (is: (slate: SlateAnswer) => boolean) => {
    const slates: SlateAnswer[] = []
    do slates.push(slateOf(await stream.next()))
    while (!is(slates[slates.length - 1]))
    return slates
  }
  // So many in a second that the version runs ahead of the clock, and one that begins anew is below.
  let before = 0
  for (let i = 0; i < 200; i++) before = await view(`before${i}`)
  await until(({ version }) => version === before)
  return { url, view, until, before }
}

function suite(settings: () => ServiceSettings) {
  it('gets a fresh slate, and then one for each event again, whatever the version', async () => {
    const { url, view, until, before } = await followed(settings())
    await post(url, ERASE)
    const anew = (await until(({ trigger }) => trigger === 'ERASED')).at(-1)
    expect(anew).toMatchObject({ version: 0, latestEventId: null })
    const after = await view('after')
    expect(after).toBeLessThan(before)
    expect((await until(({ latestEventId }) => latestEventId === 'after')).at(-1)).toMatchObject({
      trigger: 'EVENT',
      version: after,
    })
    for (const eventId of ['then', 'at last']) {
      const version = await view(eventId)
      expect(await until((slate) => slate.latestEventId === eventId)).toMatchObject([{ trigger: 'EVENT', version }])
    }
  })
}

describe('the stream of a user who is erased, on the embedded store', () => suite(() => ({})))

describe.skipIf(!redisAvailable)('the stream of a user who is erased, on Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis.stop())
  suite(() => newStoreOn(redis))
})

describe.skipIf(!redisAvailable)('a stream on a Redis that came back empty', () => {
  it('gets a slate that begins anew, and then one for each event again', async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const { view, until, before } = await followed(newStoreOn(redis))
    await redis.kill()
    await redis.restart()
    const anew = (await until(({ trigger }) => trigger === 'RESYNC')).at(-1)
    expect(anew).toMatchObject({ version: 0, latestEventId: null })
    const after = await view('after')
    expect(after).toBeLessThan(before)
    // It may share the slate of a second look at the store.
    expect((await until(({ latestEventId }) => latestEventId === 'after')).at(-1)).toMatchObject({ version: after })
    const version = await view('then')
    expect((await until(({ latestEventId }) => latestEventId === 'then')).at(-1)).toMatchObject({ version })
  })
})
