import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newStoreOn } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { post, webSocketClient } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { connect, keptLog, openTestService, serve } from '../support/server.ts'

const LIVE = 'subscription ($input: RecommendationsInput!) { recommendations(input: $input) { __typename } }'
const MALFORMED = ['', 'x', '{', 'null', '[]', '-1', '"a"', '{"revision":1e308}', '\0\r\n', '{"itemId":7}', 'a'.repeat(100_000)]

describe.runIf(redisAvailable)('a service on Redis', () => {
  it('continues if others publish on its channels: one malformed message ended the process', async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const { logger, lines } = keptLog()
    const { url } = await serve(await openTestService({ ...newStoreOn(redis), logger }))
    const stream = connect(webSocketClient, url).subscribe(LIVE, { input: { userId: 'u' } })
    await stream.next()
    const tenant = new Redis(redis.url)
    onTestFinished(() => tenant.disconnect())
    const channels = (await tenant.pubsub('CHANNELS', '*')) as string[]
    expect(channels.length).toBeGreaterThanOrEqual(5)
    for (const channel of channels) for (const message of MALFORMED) await tenant.publish(channel, message)
    await eventually(() =>
      expect(
        lines.filter(({ msg }) => msg === 'a message on a Redis channel of the service is not a valid signal').length,
      ).toBeGreaterThan(10),
    )
    expect(await post(url, '{ __typename }')).toEqual({ data: { __typename: 'Query' } })
  })
})
