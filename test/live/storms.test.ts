import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { eventually } from '../support/eventually.ts'
import { type GraphQLClient, type Messages, post, webSocketClient } from '../support/graphql-client.ts'
import { IS_LONG } from '../support/long.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { startMeasured } from '../support/scrape.ts'
import { LIVE, RECORD, recordedOf, slateOf } from '../support/slate-answer.ts'

const STREAMS = IS_LONG ? 1000 : 100
const [STORMS, CLIENTS] = IS_LONG ? [4, 100] : [2, 40]
const UPSERT_ITEMS = 'mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { __typename } }'
/** Sets rules, and then records an event of a user whom nobody follows. */
const SET_RULES_AND_RECORD = `mutation {
  setRules(input: { surface: null, rules: { exclude: ["i0"] } }) { __typename }
  recordEvent(input: { eventId: "e", userId: "nobody-follows", eventType: "view", itemId: "i1" }) {
    ... on RecordEventPayload { recommendations(input: { first: 1 }) { generatedAt } }
  }
}`
const slateAfterEvent = z.object({ recordEvent: z.object({ recommendations: z.object({ generatedAt: z.string() }) }) })
const SETTINGS = { PARTITIONS: '4', SHARDS: '2', SOCKETS_PER_USER: '1000', EXPLORATION: '0' }

const liveOf = (userId: string) => ({ input: { userId, first: 5 }, minIntervalMs: 0 })

async function started(redisUrl?: string) {
  const measured = await startMeasured({ ...SETTINGS, ...(redisUrl !== undefined && { REDIS_URL: redisUrl }) })
  const input = Array.from({ length: 8 }, (_, n) => ({ itemId: `i${n}`, attributes: {} }))
  expect((await post(measured.url, UPSERT_ITEMS, { input })).errors).toBeUndefined()
  return measured
}

/** Opens streams, so many on each socket, and waits for the first slate of each. */
async function openStreams(
  url: string,
  streams: number,
  each: number,
): Promise<{ clients: GraphQLClient[]; opened: Messages[] }> {
  const clients = Array.from({ length: streams / each }, () => webSocketClient(url))
  onTestFinished(() => void Promise.all(clients.map((client) => client.close())))
  const opened = Array.from({ length: streams }, (_, n) => clients[Math.floor(n / each)].subscribe(LIVE, liveOf(`u${n}`)))
  const triggers = await Promise.all(opened.map(async (stream) => slateOf(await stream.next()).trigger))
  expect(new Set(triggers)).toEqual(new Set(['INITIAL']))
  return { clients, opened }
}

describe.each(['embedded', ...(redisAvailable ? ['Redis'] : [])])('on %s', (store) => {
  const redisUrl = async () => {
    if (store === 'embedded') return undefined
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    return redis.url
  }

  it(`a change of rules gives each of ${STREAMS} streams a slate, and delays no event`, async () => {
    const { url, scrape } = await started(await redisUrl())
    const { opened } = await openStreams(url, STREAMS, 50)
    const rules = opened.map(async (stream) => {
      const read = await stream.until((message) => slateOf(message).trigger === 'RULES')
      const { items, generatedAt } = slateOf(read.at(-1)!)
      expect(items.map(({ item }) => item.itemId)).not.toContain('i0')
      return Date.parse(generatedAt)
    })
    const { data, errors } = await post(url, SET_RULES_AND_RECORD)
    expect(errors, JSON.stringify(data)).toBeUndefined()
    const { generatedAt } = slateAfterEvent.parse(data).recordEvent.recommendations
    // The refreshes are spread, and neither the event nor the slate after it waited for all of them: by the clock of the service.
    expect(Date.parse(generatedAt)).toBeLessThan(Math.max(...(await Promise.all(rules))))
    const after = await scrape()
    expect(after.of('liverank_subscribers')).toBe(STREAMS)
    expect(after.of('liverank_slates_waiting{urgency="refresh"}')).toBe(0)
  })

  it('clients that reconnect again and again, all at once, leave nothing behind, and get slates in the end', async () => {
    const { url, scrape } = await started(await redisUrl())
    for (let storm = 0; storm < STORMS; storm++) {
      const clients = Array.from({ length: CLIENTS }, () => webSocketClient(url))
      const streams = clients.flatMap((client, c) =>
        Array.from({ length: 3 }, (_, n) => client.subscribe(LIVE, liveOf(`u${c}-${n}`))),
      )
      // Some leave before they are let in, some before their first slate, some after it.
      if (storm % 2 === 0) await Promise.all(streams.filter((_, n) => n % 3 === 0).map((stream) => stream.next()))
      await Promise.all(clients.map((client) => client.close()))
    }
    await eventually(async () => {
      const now = await scrape()
      const left = ['liverank_subscribers', 'liverank_open{what="web_socket"}', 'liverank_slates_waiting{urgency="push"}']
      expect(left.map((series) => now.of(series))).toEqual([0, 0, 0])
      expect(now.of('liverank_slates_running')).toBe(0)
    })
    const { opened } = await openStreams(url, CLIENTS, 10)
    const input = { eventId: 'last', userId: 'u7', eventType: 'view', itemId: 'i3' }
    const { userVersion } = recordedOf(await post(url, RECORD, { input }))
    const [slate] = (await opened[7].until((message) => slateOf(message).latestEventId === 'last')).slice(-1).map(slateOf)
    expect(slate.version).toBe(userVersion)
  })
})
