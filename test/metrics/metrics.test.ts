import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { eventually } from '../support/eventually.ts'
import { post, webSocketClient } from '../support/graphql-client.ts'
import { itWhenLong } from '../support/long.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { type MeasuredService, type Scrape, startMeasured } from '../support/scrape.ts'
import { LIVE, RECOMMEND, RECORD, recordedOf, slateOf } from '../support/slate-answer.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

const RECORD_ALL = `mutation RecordAll($input: [RecordEventInput!]!) {
  recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded duplicates discarded rejected results { notCounted } } }
}`
const UPSERT_ITEMS = 'mutation Items($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { __typename } }'
const OPT_OUT = 'mutation OptOut($input: [UserInput!]!) { upsertUsers(input: { users: $input }) { __typename } }'
const DAY = 24 * 60 * 60 * 1000

let prefixes = 0

/** Runs the suite against real servers on both stores. */
function onBothStores(
  suite: (start: (settings?: Record<string, string>) => Promise<MeasuredService>, itHere: typeof it) => void,
): void {
  describe('on the embedded store', () => suite(startMeasured, it))
  describe.skipIf(!redisAvailable)('on Redis', () => {
    let redis: RedisServer
    beforeAll(async () => {
      redis = await RedisServer.start()
    })
    afterAll(() => redis.stop())
    const shared = { PARTITIONS: '4', SHARDS: '2' }
    suite(
      (settings) => startMeasured({ ...shared, REDIS_URL: redis.url, REDIS_PREFIX: `m${++prefixes}`, ...settings }),
      itWhenLong,
    )
  })
}

async function addItems(url: string): Promise<void> {
  const input = ['a', 'b', 'c', 'd'].map((itemId) => ({ itemId, attributes: {} }))
  expect((await post(url, UPSERT_ITEMS, { input })).errors).toBeUndefined()
}

/** The series whose labels a client could hope to choose: all of the service. What Node itself has open comes and goes. */
function seriesOf({ series }: Scrape): string[] {
  return [...series.keys()].filter((name) => !name.startsWith('nodejs_')).sort()
}

function view(n: number, more: object = {}): object {
  return { eventId: `e${n}`, userId: `u${n % 7}`, eventType: 'view', itemId: 'a', ...more }
}

// What is counted beside the store does not depend on it: `itHere` is on Redis in `npm run test:long` only.
onBothStores((start, itHere) => {
  it('count events by their exact outcome', async () => {
    const { url, scrape } = await start()
    await addItems(url)
    await post(url, OPT_OUT, { input: [{ userId: 'silent', attributes: {}, optOut: true }] })
    const before = await scrape()
    const sent = [
      ...Array.from({ length: 20 }, (_, n) => view(n)),
      // Five of them again, in the same batch; two of a type that the domain does not declare; three that are invalid.
      ...Array.from({ length: 5 }, (_, n) => view(n)),
      view(30, { eventType: 'made-up' }),
      view(31, { eventType: 'another' }),
      ...[40, 41, 42].map((n) => view(n, { positions: [1, 2, 3] })),
      view(50, { userId: 'silent' }),
      view(51, { timestamp: Date.now() - 60 * DAY }),
    ]
    const { data } = await post(url, RECORD_ALL, { input: sent })
    expect(data?.recordEvents).toMatchObject({ recorded: 23, duplicates: 5, discarded: 1, rejected: 3 })
    await post(url, RECORD, { input: view(0) })
    const after = await scrape()
    expect(after.since(before, /^liverank_events_/)).toEqual({
      'liverank_events_total{outcome="recorded",event_type="view"}': 21,
      'liverank_events_total{outcome="recorded",event_type="other"}': 2,
      'liverank_events_total{outcome="duplicate",event_type="view"}': 6,
      'liverank_events_total{outcome="discarded",event_type="view"}': 1,
      'liverank_events_total{outcome="rejected",event_type="view"}': 3,
      'liverank_events_not_counted_total{reason="LATE"}': 1,
      'liverank_events_not_counted_total{reason="OPTED_OUT"}': 1,
      'liverank_events_refused_total{code="BAD_USER_INPUT"}': 3,
    })
    expect(after.since(before, /^liverank_(operations_total|recording_duration_seconds_count)/)).toEqual({
      'liverank_operations_total{operation="recordEvents",code="OK"}': 1,
      'liverank_operations_total{operation="recordEvent",code="OK"}': 1,
      liverank_recording_duration_seconds_count: 2,
    })
    expect(after.of('liverank_operations_running')).toBe(0)
    expect(after.of('liverank_events_waiting')).toBe(0)
  })

  itHere('count slates, their steps, and the slates that streams send, hold back and merge', async () => {
    // A slate whose candidates are logged repeats its reads while the state moves on: by default one slate of a hundred.
    const { url, scrape } = await start({ VECTOR_SHARE: '0' })
    await addItems(url)
    const before = await scrape()
    await post(url, RECOMMEND, { input: { userId: 'me', surface: 'home' } })
    await post(url, RECOMMEND, { input: { userId: 'me', surface: 'a surface of mine' } })
    const client = webSocketClient(url)
    onTestFinished(() => client.close())
    const stream = client.subscribe(LIVE, { input: { userId: 'me' }, minIntervalMs: 0, onlyChanged: true })
    expect(slateOf(await stream.next()).trigger).toBe('INITIAL')
    expect((await scrape()).of('liverank_subscribers')).toBe(1)
    expect((await scrape()).of('liverank_open{what="web_socket"}')).toBe(1)
    // A view of what is no item of the catalogue changes no order.
    recordedOf(await client.ask(RECORD, { input: { eventId: 'x', userId: 'me', eventType: 'view', itemId: 'nothing' } }))
    const heldBack = async () => expect((await scrape()).of('liverank_pushes_total{fate="held_back"}')).toBe(1)
    await eventually(heldBack)
    const after = await scrape()
    expect(after.since(before, /^liverank_slates_total/)).toEqual({
      'liverank_slates_total{trigger="INITIAL",surface="home"}': 1,
      'liverank_slates_total{trigger="INITIAL",surface="other"}': 1,
      'liverank_slates_total{trigger="INITIAL",surface="none"}': 1,
      'liverank_slates_total{trigger="EVENT",surface="none"}': 1,
    })
    expect(after.since(before, /^liverank_(pushes_total|slates_without_model_total)/)).toEqual({
      'liverank_pushes_total{fate="sent"}': 1,
      'liverank_pushes_total{fate="held_back"}': 1,
      // The test starts the service without a model.
      liverank_slates_without_model_total: 4,
    })
    const taken = (step: string) => after.of(`liverank_slate_step_duration_seconds_count{step="${step}"}`)
    for (const step of ['read_user', 'gather', 'read_features', 'rank', 'arrange']) expect(taken(step)).toBe(4)
    const waits = after.since(before, /^liverank_(slate_wait_duration_seconds_count|turns_total)/)
    expect(waits).toEqual({
      'liverank_slate_wait_duration_seconds_count{urgency="interactive"}': 2,
      'liverank_slate_wait_duration_seconds_count{urgency="push"}': 2,
      'liverank_turns_total{fate="granted"}': 4,
    })
    expect(after.of('liverank_slates_running')).toBe(0)
    expect(after.of('liverank_slates_waiting{urgency="push"}')).toBe(0)
    // What is held back is not kept.
    expect(taken('keep')).toBe(3)
    expect(after.since(before, /^liverank_operations_total/)).toEqual({
      'liverank_operations_total{operation="recommendations",code="OK"}': 2,
      'liverank_operations_total{operation="subscribeRecommendations",code="OK"}': 1,
      'liverank_operations_total{operation="recordEvent",code="OK"}': 1,
    })
    stream.end()
    await eventually(async () => expect((await scrape()).of('liverank_subscribers')).toBe(0))
  })

  it('count each repeat of a step, when the candidates of a slate are logged', async () => {
    const { url, scrape } = await start({ VECTOR_SHARE: '1' })
    await addItems(url)
    const before = await scrape()
    const events = Array.from({ length: 40 }, (_, n) => post(url, RECORD, { input: view(n) }))
    await Promise.all([...events, ...events.map(() => post(url, RECOMMEND, { input: { userId: 'me' } }))])
    const after = await scrape()
    expect(after.since(before, /^liverank_slates_total/)).toEqual({
      'liverank_slates_total{trigger="INITIAL",surface="none"}': 40,
    })
    const steps = after.since(before, /^liverank_slate_step_duration_seconds_count/)
    const of = (step: string) => steps[`liverank_slate_step_duration_seconds_count{step="${step}"}`]
    expect(of('read_user')).toBeGreaterThanOrEqual(40)
    // The reads are repeated together, and nothing else is.
    expect([of('gather'), of('read_features')]).toEqual([of('read_user'), of('read_user')])
    expect([of('rank'), of('arrange'), of('keep')]).toEqual([40, 40, 40])
  })

  itHere('merge changes that come before the next slate, and measure the time from an event to its slate', async () => {
    const { url, scrape } = await start()
    await addItems(url)
    const client = webSocketClient(url)
    onTestFinished(() => client.close())
    const stream = client.subscribe(LIVE, { input: { userId: 'me' }, minIntervalMs: 500 })
    await stream.next()
    const before = await scrape()
    // Within the interval since the first slate: the first change waits, the others are merged into it.
    for (let n = 0; n < 5; n++) recordedOf(await post(url, RECORD, { input: view(n, { userId: 'me' }) }))
    await stream.until((message) => slateOf(message).latestEventId === 'e4')
    const [sent, coalesced] = ['sent', 'coalesced'].map((fate) => `liverank_pushes_total{fate="${fate}"}`)
    const told = await eventually(async () => {
      const pushes = (await scrape()).since(before, /^liverank_(pushes_total|event_to_slate_duration_seconds_count)/)
      // Each change either has a slate of its own or is merged into one.
      expect(pushes[sent] + pushes[coalesced]).toBe(5)
      return pushes
    })
    expect(told).toEqual({
      [sent]: told[sent],
      [coalesced]: 5 - told[sent],
      liverank_event_to_slate_duration_seconds_count: told[sent],
    })
  })

  itHere('measure by how much a crowd of streams makes their intervals longer', async () => {
    const { url, scrape } = await start()
    await addItems(url)
    const client = webSocketClient(url)
    onTestFinished(() => client.close())
    const users = Array.from({ length: 60 }, (_, n) => `crowd${n}`)
    const streams = users.map((userId) => client.subscribe(LIVE, { input: { userId }, minIntervalMs: 0 }))
    await Promise.all(streams.map((stream) => stream.next()))
    const name = 'liverank_push_stretch_duration_seconds'
    // A first slate waits for its turn too, but no interval precedes it.
    expect((await scrape()).of(`${name}_count`)).toBe(0)
    const input = users.map((userId, n) => view(n, { userId }))
    const { data } = await post(url, RECORD_ALL, { input })
    expect(data?.recordEvents).toMatchObject({ recorded: users.length })
    await Promise.all(streams.map((stream) => stream.until((message) => slateOf(message).trigger === 'EVENT')))
    const after = await scrape()
    expect(after.of(`${name}_count`)).toBe(users.length)
    // At most 16 are made at once: the others wait at least as long as one slate takes.
    expect(after.of(`${name}_bucket{le="0.0001"}`)).toBeLessThan(users.length)
    expect(after.of(`${name}_sum`)).toBeGreaterThan(0.0001 * (users.length - 16))
  })

  itHere('have no series that a client can create', async () => {
    const { url, scrape } = await start()
    await addItems(url)
    await post(url, RECORD, { input: view(0) })
    await post(url, RECOMMEND, { input: { userId: 'me' } })
    const before = await scrape()
    const names = Array.from({ length: 100 }, (_, n) => `made-up-${n}`)
    const input = names.map((name, n) => view(1000 + n, { userId: name, eventType: name, itemId: name, sessionId: name }))
    const { data } = await post(url, RECORD_ALL.replace('results { notCounted }', ''), { input })
    expect(data?.recordEvents).toMatchObject({ recorded: names.length })
    for (const name of names) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: `https://${name}.example`, 'accept-language': name },
        body: '{}',
      })
      expect(response.status).toBe(403)
    }
    for (let from = 0; from < names.length; from += 10) {
      const some = names.slice(from, from + 10)
      await Promise.all(
        some.map((name) =>
          post(url, RECOMMEND.replace('Recommend(', `${name.replaceAll('-', '_')}(`), {
            input: { userId: name, surface: name, context: { device: name } },
          }),
        ),
      )
    }
    const after = await scrape()
    expect(seriesOf(after)).toEqual(seriesOf(before))
    expect(after.since(before, /^liverank_(events_total|slates_total|http_refusals_total)/)).toEqual({
      'liverank_events_total{outcome="recorded",event_type="other"}': names.length,
      'liverank_slates_total{trigger="INITIAL",surface="other"}': names.length,
      'liverank_http_refusals_total{status="403"}': names.length,
    })
    const types = [...after.series.keys()].flatMap(
      (name) => /^liverank_events_total\{outcome="recorded",event_type="(.*)"\}$/.exec(name)?.[1] ?? [],
    )
    expect(types).toEqual([...Object.keys(eCommerce.eventTypes), 'other'])
  })

  itHere('count refusals: operations by code, requests by status, callers by kind, rates, sockets by close code', async () => {
    const { url, scrape } = await start({
      JWT_SECRET,
      RATE_PER_ADDRESS: '0',
      RATE_PER_KEY: '1',
      CONNECTIONS_PER_ADDRESS: '4',
      TRUST_PROXY: 'loopback',
    })
    const before = await scrape()
    const backend = await token({ role: 'backend', sub: 'backend' })
    await post(url, '{ __typename }')
    await post(url, '{ __typename }', {}, 'not a token')
    await post(url, '{ __typename }', {}, await token({ role: 'backend' }, 'a secret of somebody else, of 32 bytes and more'))
    await post(url, '{ __typename }', {}, `lrk_${'a'.repeat(40)}`)
    await post(url, '{ nothing }', {}, backend)
    await post(url, '{', {}, backend)
    await post(url, RECORD, { input: view(0, { userId: 'another' }) }, await deviceToken('me'))
    expect((await fetch(`${url}/x`)).status).toBe(404)
    expect((await fetch(url, { method: 'PUT' })).status).toBe(405)
    // The bucket holds 104,400 points, of which a slate takes some 4,000. A point a second changes nothing about which one is refused.
    const codes: unknown[] = []
    for (let n = 0; n < 40 && !codes.includes('RATE_LIMITED'); n++) {
      const { errors } = await post(url, RECOMMEND, { input: { userId: 'me' } }, backend)
      codes.push(errors?.[0].extensions?.code ?? 'OK')
    }
    const close = async (code: number, send?: string) => {
      const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
      onTestFinished(() => socket.terminate())
      await once(socket, 'open')
      if (send === undefined) socket.close(code)
      else socket.send(send)
      await once(socket, 'close')
    }
    await close(1000)
    await close(3999)
    await close(4400, 'no JSON')
    await close(4401, '{"type":"connection_init"}')
    // The fifth socket of one address within a minute. This machine itself has no such limit.
    const headers = { 'x-forwarded-for': '192.0.2.7' }
    const open = () => new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', { headers })
    for (let n = 0; n < 4; n++) {
      const socket = open()
      await once(socket, 'open')
      socket.close(1000)
      await once(socket, 'close')
    }
    const [error] = await once(open(), 'error')
    expect(String(error)).toContain('429')
    const closed = async () => expect((await scrape()).of('liverank_websocket_closes_total{code="1000"}')).toBe(5)
    await eventually(closed)
    const after = await scrape()
    expect(after.since(before, /^liverank_(authentication|http_refusals|rate_limited|websocket_closes)/)).toEqual({
      'liverank_authentication_failures_total{kind="missing"}': 2,
      'liverank_authentication_failures_total{kind="malformed"}': 1,
      'liverank_authentication_failures_total{kind="token"}': 1,
      'liverank_authentication_failures_total{kind="key"}': 1,
      'liverank_http_refusals_total{status="404"}': 1,
      'liverank_http_refusals_total{status="405"}': 1,
      'liverank_http_refusals_total{status="429"}': 1,
      'liverank_rate_limited_total{what="operation"}': 1,
      'liverank_rate_limited_total{what="connection"}': 1,
      'liverank_websocket_closes_total{code="1000"}': 5,
      'liverank_websocket_closes_total{code="other"}': 1,
      'liverank_websocket_closes_total{code="4400"}': 1,
      'liverank_websocket_closes_total{code="4401"}': 1,
    })
    expect(after.since(before, /^liverank_operations_total/)).toEqual({
      'liverank_operations_total{operation="other",code="GRAPHQL_VALIDATION_FAILED"}': 1,
      'liverank_operations_total{operation="other",code="GRAPHQL_PARSE_FAILED"}': 1,
      'liverank_operations_total{operation="recordEvent",code="FORBIDDEN"}': 1,
      'liverank_operations_total{operation="recommendations",code="OK"}': codes.length - 1,
      'liverank_operations_total{operation="recommendations",code="RATE_LIMITED"}': 1,
    })
    expect(after.of('liverank_operations_running')).toBe(0)
  })
})
