import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { post, webSocketClient } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { startMeasured } from '../support/scrape.ts'
import { RECOMMEND, slateOf } from '../support/slate-answer.ts'

const FEATURES = 'subscription ($userId: ID!) { userFeatures(userId: $userId, minIntervalMs: 0) { version features { value } } }'
const SETTINGS = { PARTITIONS: '4', SHARDS: '2', SOCKETS_PER_USER: '1000', EXPLORATION: '0' }
const STREAMS = 1000
const STREAMS_EACH = 50

describe.skipIf(!redisAvailable)('1,000 streams of features after the connection for signals has broken', () => {
  it('are read again without a delay for queries of slates', async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const { url, scrape } = await startMeasured({ ...SETTINGS, REDIS_URL: redis.url })
    const clients = Array.from({ length: STREAMS / STREAMS_EACH }, () => webSocketClient(url))
    onTestFinished(() => void Promise.all(clients.map((client) => client.close())))
    const streams = Array.from({ length: STREAMS }, (_, n) =>
      clients[Math.floor(n / STREAMS_EACH)].subscribe(FEATURES, { userId: `u${n}` }),
    )
    for (const stream of streams) expect((await stream.next()).errors).toBeUndefined()
    const ask = async () => slateOf(await post(url, RECOMMEND, { input: { userId: 'asks', first: 5 } }))
    await ask()

    const admin = new Redis(redis.url)
    onTestFinished(() => admin.disconnect())
    await admin.client('KILL', 'TYPE', 'pubsub')
    let read = 0
    const again = Promise.all(streams.map((stream) => stream.next().then(() => read++)))
    let asked = 0
    while (read < STREAMS) {
      await ask()
      asked++
    }
    await again
    // If all streams were read at once, every query would wait until the last of them is: some 4 in all. Some 20 come now.
    expect(asked).toBeGreaterThanOrEqual(10)
    expect((await scrape()).of('liverank_slates_waiting{urgency="refresh"}')).toBe(0)
  })
})
