import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { newStoreOn } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { type Answer, post } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { connect, openTestService, serve, TRANSPORTS } from '../support/server.ts'
import { LIVE, RECOMMEND, RECORD, RECORD_AND_RERANK, recordedOf, slateOf } from '../support/slate-answer.ts'

const UNAVAILABLE = { errors: [{ extensions: { code: 'UNAVAILABLE' } }] }
const transports = Object.keys(TRANSPORTS)

describe.skipIf(!redisAvailable)('a Redis that goes away', () => {
  let redis: RedisServer
  beforeEach(async () => {
    redis = await RedisServer.start({ appendonly: 'yes', appendfsync: 'always' })
  })
  afterEach(() => redis.stop())

  const live = (userId: string) => ({ input: { userId, first: 3 }, minIntervalMs: 0 })
  const view = (eventId: string, userId = 'me') => ({ input: { eventId, userId, itemId: 'i1', eventType: 'view' } })

  it('leaves streams open, and each gets a fresh slate when it is back', async () => {
    const store = newStoreOn(redis)
    const { url } = await serve(await openTestService(store))
    const other = await openTestService(store)
    const streams = transports.map((transport) => connect(TRANSPORTS[transport], url).subscribe(LIVE, live('me')))
    for (const stream of streams) expect(slateOf(await stream.next()).trigger).toBe('INITIAL')
    const before = recordedOf(await post(url, RECORD, view('e1'))).userVersion
    for (const stream of streams) expect(slateOf(await stream.next()).version).toBe(before)

    await redis.kill()
    expect(await post(url, RECORD, view('e2'))).toMatchObject(UNAVAILABLE)
    await redis.restart()

    for (const stream of streams) {
      expect(slateOf(await stream.next())).toMatchObject({ trigger: 'RESYNC', version: before, latestEventId: 'e1' })
    }
    // And they are followed again, for what this replica records and for what another one does.
    const here = recordedOf(await post(url, RECORD, view('e2')))
    expect(here.duplicate).toBe(false)
    for (const stream of streams) expect(slateOf(await stream.next()).version).toBe(here.userVersion)
    const [there] = await other.ingest.record([view('e3').input])
    expect(there.status).toBe('RECORDED')
    for (const stream of streams) expect(slateOf(await stream.next()).latestEventId).toBe('e3')
    for (const stream of streams) expect(stream.unread).toBe(0)
  })

  it('makes every operation and every new subscription fail with UNAVAILABLE, and /ready with 503', async () => {
    const { url } = await serve(await openTestService(newStoreOn(redis)))
    const clients = transports.map((transport) => connect(TRANSPORTS[transport], url))
    expect(slateOf(await clients[0].subscribe(LIVE, live('followed')).next()).trigger).toBe('INITIAL')
    const ready = () => fetch(url.replace('graphql', 'ready'))
    expect((await ready()).status).toBe(200)
    await redis.kill()

    // All at once, since each waits for an attempt to connect.
    const streams = clients.flatMap((client) => ['followed', 'new'].map((userId) => client.subscribe(LIVE, live(userId))))
    const refused: Promise<Answer>[] = [
      ...streams.map((stream) => stream.next()),
      post(url, RECORD, view('e1')),
      post(url, RECOMMEND, { input: { userId: 'me' } }),
      post(url, 'query { user(userId: "me") { version } }'),
      post(
        url,
        'mutation { upsertItems(input: { items: [{ itemId: "i1", attributes: {} }] }) { ... on UpsertPayload { accepted } } }',
      ),
      post(url, 'query { trending { score } }'),
    ]
    for (const answer of await Promise.all(refused)) expect(answer).toMatchObject(UNAVAILABLE)
    for (const stream of streams) await stream.ended
    const batch = await post(
      url,
      'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { unavailable results { eventId status userVersion } } } }',
      { input: [view('e1').input, view('e2').input] },
    )
    const unavailable = (eventId: string) => ({ eventId, status: 'UNAVAILABLE', userVersion: null })
    expect(batch).toEqual({ data: { recordEvents: { unavailable: 2, results: [unavailable('e1'), unavailable('e2')] } } })
    const response = await ready()
    expect([response.status, await response.text()]).toEqual([503, ''])
    expect((await fetch(url.replace('graphql', 'health'))).status).toBe(200)

    await redis.restart()
    const recorded = recordedOf(await untilAvailable(() => post(url, RECORD, view('e1'))))
    expect(recorded.duplicate).toBe(false)
    expect((await ready()).status).toBe(200)
  })

  it('does not make a recorded event fail if it goes away before the ranking', async () => {
    const service = await openTestService(newStoreOn(redis))
    const { url } = await serve(service)
    const record = service.ingest.record.bind(service.ingest)
    vi.spyOn(service.ingest, 'record').mockImplementationOnce(async (inputs) => {
      const outcomes = await record(inputs)
      await redis.kill()
      return outcomes
    })
    const answer = await post(url, RECORD_AND_RERANK, view('e1'))
    expect(answer).toMatchObject({
      data: { recordEvent: { duplicate: false, event: { eventId: 'e1' }, recommendations: null } },
      errors: [{ path: ['recordEvent', 'recommendations'], extensions: { code: 'UNAVAILABLE' } }],
    })
    await redis.restart()
    const again = recordedOf(await untilAvailable(() => post(url, RECORD_AND_RERANK, view('e1'))))
    expect(again).toMatchObject({ duplicate: true, recommendations: { trigger: 'EVENT', latestEventId: 'e1' } })
  })

  it('does not prevent a service from closing if followers left meanwhile', async () => {
    const service = await openTestService(newStoreOn(redis))
    const server = await serve(service)
    const client = connect(TRANSPORTS.SSE, server.url)
    const streams = ['a', 'b'].map((userId) => client.subscribe(LIVE, live(userId)))
    for (const stream of streams) await stream.next()
    await redis.kill()
    for (const stream of streams) stream.end()
    await server.close()
    await service.close()
  })
})

describe.skipIf(!redisAvailable)('subscriptions in Redis', () => {
  let redis: RedisServer
  beforeEach(async () => {
    redis = await RedisServer.start()
  })
  afterEach(() => redis.stop())

  it.each(transports)('end with the clients that made them (%s)', async (transport) => {
    const { redisUrl, redisPrefix } = newStoreOn(redis)
    const { url } = await serve(await openTestService({ redisUrl, redisPrefix }))
    const admin = new Redis(redisUrl)
    onTestFinished(() => admin.disconnect())
    const channels = async () => (await admin.pubsub('CHANNELS', '*')).map(String).sort()
    /** What every process follows. */
    const shared = ['items', 'keys', 'models', 'neighbours', 'rules'].map((name) => `${redisPrefix}:${name}`)
    const users = ['a', 'b'].map((userId) => `${redisPrefix}:user:${userId}`)

    const first = connect(TRANSPORTS[transport], url)
    const second = connect(TRANSPORTS[transport], url)
    const streams = [
      first.subscribe(LIVE, { input: { userId: 'a' } }),
      second.subscribe(LIVE, { input: { userId: 'a' } }),
      second.subscribe(LIVE, { input: { userId: 'b' } }),
    ]
    for (const stream of streams) await stream.next()
    expect(await channels()).toEqual([...shared, ...users])
    expect(await admin.pubsub('NUMSUB', users[0])).toEqual([users[0], 1])

    streams[0].end()
    streams[2].end()
    await eventually(async () => expect(await channels()).toEqual([...shared, users[0]]))
    await second.close()
    await eventually(async () => expect(await channels()).toEqual(shared))
  })
})

/** Asks again as the code UNAVAILABLE tells clients to. */
async function untilAvailable(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask()
    if (answer.errors?.some(({ extensions }) => extensions?.code === 'UNAVAILABLE')) continue
    return answer
  }
}
