import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { wallClock } from '../../src/clock.ts'
import type { NetworkSettings } from '../../src/settings/network-settings.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { type Messages, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { openSocket } from '../support/raw-socket.ts'
import { connect, openTestService, serve } from '../support/server.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'
import { inSeconds } from './authenticated-callers.ts'

const QUERY = '{ __typename }'
const SLATE = 'query ($userId: ID!) { recommendations(input: { userId: $userId, first: 20 }) { version items { position } } }'
const DEAR_SLATE = 'items { item { similar(first: 50) { score } } }'
/** Each slate costs more than half of what a bucket holds at least. */
const DEAR_STREAM = `subscription { recommendations(input: { userId: "u", first: 100 }, minIntervalMs: 0, refreshEveryMs: 100) {
  ${DEAR_SLATE} } }`
const DEAR = `query ($userId: ID!) { recommendations(input: { userId: $userId, first: 100 }) { ${DEAR_SLATE} } }`
/** One slate of 20 costs about 4,700 points. A bucket holds 104,800 points at least, and that of an address 629,000. */
const SLOW = { RATE_PER_USER: 1, RATE_PER_KEY: 1, RATE_PER_ADDRESS: 1 }
const OFF = { STORED_PER_USER: 0, RATE_PER_USER: 0, RATE_PER_KEY: 0, RATE_PER_ADDRESS: 0 }

interface Reply {
  readonly status?: number
  readonly retryAfter?: string | null
  readonly data?: unknown
  readonly errors?: readonly {
    readonly message: string
    readonly extensions: { readonly code: string; readonly retryAfterMs?: number }
  }[]
}

interface Sender {
  readonly token?: string
  readonly address?: string
}

function headersOf({ token: shown, address }: Sender): Record<string, string> {
  return { ...(shown && { authorization: `Bearer ${shown}` }), ...(address && { 'x-forwarded-for': address }) }
}

const askHttp =
  (accept: string) =>
  async (url: string, sender: Sender, query: string, variables?: object): Promise<Reply> => {
    const headers = { 'content-type': 'application/json', accept, ...headersOf(sender) }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    const text = await response.text()
    const answer = JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? text)
    return { ...answer, status: response.status, retryAfter: response.headers.get('retry-after') }
  }

async function open(url: string, sender: Sender): Promise<WebSocket> {
  const socket = await openSocket(url, { headers: headersOf({ address: sender.address ?? '' }) })
  socket.send(JSON.stringify({ type: 'connection_init', payload: headersOf({ token: sender.token ?? '' }) }))
  return socket
}

async function askSocket(url: string, sender: Sender, query: string, variables?: object): Promise<Reply> {
  const socket = await open(url, sender)
  const next = async () => JSON.parse(String((await once(socket, 'message'))[0]))
  await next()
  const answered = next()
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }))
  const { type, payload } = await answered
  socket.close()
  return type === 'error' ? { errors: payload } : payload
}

const TRANSPORTS = { HTTP: askHttp('application/json'), 'server-sent events': askHttp('text/event-stream'), WebSocket: askSocket }
type Ask = (typeof TRANSPORTS)['HTTP']

/** Asks for slates until one comes too early. @returns how many were answered, and the refusal */
async function exhaust(ask: Ask, url: string, sender: Sender, query = SLATE): Promise<{ answered: number; refusal: Reply }> {
  for (let answered = 0; ; answered++) {
    const reply = await ask(url, sender, query, { userId: 'u' })
    if (reply.errors) return { answered, refusal: reply }
    if (answered > 100) throw new Error('no limit')
  }
}

onEachStoreWhenLong('rates', (openStore) => {
  const serveSlow = async (network: Partial<NetworkSettings>) => {
    const service = await openStore({ tokens: { JWT_SECRET } })
    return (await serve(service, { network: { TRUST_PROXY: 'loopback', ...network } })).url
  }

  it.each(Object.entries(TRANSPORTS))('limit a user over %s, and say when to send again', async (transport, ask) => {
    const url = await serveSlow({ ...OFF, RATE_PER_USER: SLOW.RATE_PER_USER })
    const sender = { token: await deviceToken('u'), address: '203.0.113.1' }
    const { answered, refusal } = await exhaust(ask, url, sender)
    expect(answered).toBeGreaterThanOrEqual(20)
    expect(answered).toBeLessThanOrEqual(24)
    const { code, retryAfterMs = 0 } = refusal.errors![0].extensions
    expect(code).toBe('RATE_LIMITED')
    expect(retryAfterMs).toBeGreaterThan(0)
    expect(Object.keys(refusal.errors![0].extensions).sort()).toEqual(['code', 'retryAfterMs'])
    if (transport !== 'WebSocket') expect(Number(refusal.retryAfter)).toBe(Math.ceil(retryAfterMs / 1000))
    if (transport === 'HTTP') expect(refusal.status).toBe(429)
    // Another address or token of the user makes no difference, and another user is not concerned.
    const again = { token: await deviceToken('u', { jti: 'another' }), address: '203.0.113.2' }
    expect((await ask(url, again, SLATE, { userId: 'u' })).errors?.[0].extensions.code).toBe('RATE_LIMITED')
    const other = await ask(url, { token: await deviceToken('v'), address: '203.0.113.1' }, SLATE, { userId: 'v' })
    expect(other.errors).toBeUndefined()
  })

  it.each(Object.entries(TRANSPORTS))(
    'limit the data that a device stores over %s: one token filled Redis with 13 MB a second',
    async (transport, ask) => {
      // A bucket holds 8 MiB at least.
      const url = await serveSlow({ ...OFF, STORED_PER_USER: 1 })
      const record =
        'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded } } }'
      const sender = { token: await deviceToken('u') }
      const text = 'x'.repeat(8000)
      const events = (userId: string) =>
        Array.from({ length: 25 }, () => ({ userId, eventType: 'search', eventAttributes: { text } }))
      let stored = 0
      const refused = async (query: string, variables: object) => {
        for (let n = 0; n < 200; n++) {
          const { errors, data } = await ask(url, sender, query, variables)
          if (errors) return errors[0].extensions
          stored += (data as { recordEvents?: { recorded: number } }).recordEvents?.recorded ?? 0
        }
        throw new Error('no limit')
      }
      const { code, retryAfterMs = 0 } = await refused(record, { input: events('u') })
      expect(code).toBe('RATE_LIMITED')
      expect(retryAfterMs).toBeGreaterThan(0)
      expect(stored).toBeGreaterThan(900)
      // On Redis, a process gives a sixteenth beside.
      expect(stored).toBeLessThan(1100)
      // Rules are logged with the slate that they arranged.
      const filter = { attribute: { name: 'brand', in: Array.from({ length: 900 }, (_, n) => `${n}${text.slice(0, 200)}`) } }
      const slate = 'query ($rules: RulesInput) { recommendations(input: { userId: "u", rules: $rules }) { version } }'
      expect((await refused(slate, { rules: { filter } })).code).toBe('RATE_LIMITED')
      const live = 'subscription ($rules: RulesInput) { recommendations(input: { userId: "u", rules: $rules }) { version } }'
      if (transport !== 'HTTP') expect((await refused(live, { rules: { filter } })).code).toBe('RATE_LIMITED')
      // Others, and servers, are not concerned.
      const other = { token: await deviceToken('v') }
      expect((await ask(url, other, record, { input: events('v') })).errors).toBeUndefined()
      const server = { token: await token({ sub: 'shop', role: 'backend' }) }
      expect((await ask(url, server, record, { input: events('u') })).errors).toBeUndefined()
    },
  )

  it('limit the devices at an address together, whoever their users are, but not servers at the address', async () => {
    const url = await serveSlow({ ...OFF, RATE_PER_ADDRESS: SLOW.RATE_PER_ADDRESS })
    const ask = TRANSPORTS.HTTP
    await exhaust(ask, url, { token: await deviceToken('u'), address: '2001:db8::1' }, DEAR)
    const neighbour = { token: await deviceToken('v'), address: '2001:db8::ffff' }
    expect((await ask(url, neighbour, DEAR, { userId: 'v' })).errors?.[0].extensions.code).toBe('RATE_LIMITED')
    const elsewhere = { token: await deviceToken('v'), address: '2001:db8:0:1::1' }
    expect((await ask(url, elsewhere, DEAR, { userId: 'v' })).errors).toBeUndefined()
    const server = { token: await token({ sub: 'shop', role: 'backend' }), address: '2001:db8::1' }
    expect((await ask(url, server, SLATE, { userId: 'v' })).errors).toBeUndefined()
  })

  it('limit each server by its key', async () => {
    const url = await serveSlow({ ...OFF, RATE_PER_KEY: SLOW.RATE_PER_KEY })
    const ask = TRANSPORTS.HTTP
    await exhaust(ask, url, { token: await token({ sub: 'shop', role: 'backend' }) })
    const other = { token: await token({ sub: 'other', role: 'backend' }) }
    expect((await ask(url, other, SLATE, { userId: 'v' })).errors).toBeUndefined()
  })

  it.each(['graphql-transport-ws', 'SSE'])(
    'delay later slates of a stream over %s: one token got 2,000 a second',
    async (name) => {
      const url = await serveSlow({ ...OFF, RATE_PER_USER: SLOW.RATE_PER_USER })
      const subscribe = (credential: string) =>
        connect((address) => (name === 'SSE' ? sseClient : webSocketClient)(address, credential), url).subscribe(DEAR_STREAM)
      const ofDevice = subscribe(await deviceToken('u'))
      expect((await ofDevice.next()).errors).toBeUndefined()
      const ofServer = subscribe(await token({ sub: 'shop', role: 'backend' }))
      for (let slate = 0; slate < 5; slate++) expect((await ofServer.next()).errors).toBeUndefined()
      expect(ofDevice.unread).toBe(0)
      ofDevice.end()
    },
  )

  it.each([false, true])(
    'limit bodies that must be parsed, even for operations that are refused (in chunks: %s)',
    async (inChunks) => {
      // A bucket holds 520,000 points; such a body costs 70,000.
      const url = await serveSlow({ ...OFF, RATE_PER_USER: SLOW.RATE_PER_USER })
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${await deviceToken('u')}` }
      const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [n, 1]))
      const json = JSON.stringify({ query: QUERY, variables: { many } })
      const post = async (body: string) => {
        const stream = inChunks && { body: new Blob([body]).stream(), duplex: 'half' }
        const response = await fetch(url, { method: 'POST', headers, body, ...stream } as RequestInit)
        const { errors } = (await response.json()) as Reply
        return { code: errors?.[0].extensions.code, status: response.status }
      }
      const replies: { code: string | undefined; status: number }[] = []
      while (replies.length < 20 && replies.at(-1)?.status !== 429) replies.push(await post(json))
      expect(replies[0].code).toBe('QUERY_TOO_COMPLEX')
      expect(replies.at(-1)).toEqual({ code: 'RATE_LIMITED', status: 429 })
      // What is small is answered as ever.
      expect((await post(JSON.stringify({ query: QUERY }))).code).toBeUndefined()
    },
  )

  it('limit documents that must be parsed, but not one that came twice', async () => {
    const url = await serveSlow({ ...OFF, RATE_PER_USER: SLOW.RATE_PER_USER })
    const sender = { token: await deviceToken('u') }
    const ask = TRANSPORTS.HTTP
    const invalid = (n: number) => `{ nothing${n}${' '.repeat(90_000)} }`
    const code = async (n: number) => (await ask(url, sender, invalid(n))).errors?.[0].extensions.code
    const codes = [await code(0)]
    while (codes.at(-1) !== 'RATE_LIMITED' && codes.length < 12) codes.push(await code(codes.length - 1))
    const parsed = codes.slice(0, -1)
    expect(parsed.length).toBeGreaterThan(2)
    expect(codes).toEqual([...parsed.map(() => 'GRAPHQL_VALIDATION_FAILED'), 'RATE_LIMITED'])
    expect(await code(0)).toBe('GRAPHQL_VALIDATION_FAILED')
  })
})

describe('rates', () => {
  it('do not affect honest clients with the defaults: a queue of a day, or an app with heavy use', async () => {
    const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }), { network: { TRUST_PROXY: 'loopback' } })
    const sender = { token: await deviceToken('u'), address: '203.0.113.1' }
    const record =
      'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded } } }'
    const event = (n: number) => ({ userId: 'u', eventType: 'view', itemId: `i${n % 50}` })
    for (let batch = 0; batch < 10; batch++) {
      const input = Array.from({ length: 1000 }, (_, n) => event(n))
      expect((await TRANSPORTS.HTTP(url, sender, record, { input })).errors).toBeUndefined()
    }
    for (let slate = 0; slate < 50; slate++)
      expect((await TRANSPORTS.HTTP(url, sender, SLATE, { userId: 'u' })).errors).toBeUndefined()
  })

  it('do not limit programs on this machine without a token', async () => {
    const { url } = await serve(await openTestService(), { network: SLOW })
    for (let slate = 0; slate < 30; slate++)
      expect((await TRANSPORTS.HTTP(url, {}, SLATE, { userId: 'u' })).errors).toBeUndefined()
  })

  it('ignore a forged X-Forwarded-For, which gives nobody another bucket', async () => {
    const service = await openTestService({ tokens: { JWT_SECRET } })
    const { url } = await serve(service, { network: { ...OFF, RATE_PER_ADDRESS: 1, TRUST_PROXY: 'loopback' } })
    const sender = async (n: number) => ({ token: await deviceToken(`u${n}`), address: `198.51.100.${n}, 203.0.113.1` })
    const codes: unknown[] = []
    for (let n = 0; n < 30; n++) {
      const { errors } = await TRANSPORTS.HTTP(url, await sender(n), DEAR, { userId: `u${n}` })
      codes.push(errors?.[0].extensions.code)
    }
    expect(codes.at(-1)).toBe('RATE_LIMITED')
  })
})

describe('sockets', () => {
  it('of one user are limited in number: a further one is closed with 4509 until another has closed', async () => {
    const service = await openTestService({ tokens: { JWT_SECRET } })
    const { url } = await serve(service, { network: { SOCKETS_PER_USER: 2 } })
    const sender = { token: await deviceToken('u') }
    const sockets: WebSocket[] = []
    for (let n = 0; n < 2; n++) {
      const socket = await open(url, sender)
      // At once: the message of a socket that nobody listens to is lost.
      expect(String((await once(socket, 'message'))[0])).toContain('connection_ack')
      sockets.push(socket)
    }
    const third = await open(url, sender)
    expect((await once(third, 'close'))[0]).toBe(4509)
    const other = await open(url, { token: await deviceToken('v') })
    expect(String((await once(other, 'message'))[0])).toContain('connection_ack')
    const closed = once(sockets[0], 'close')
    sockets[0].close()
    await closed
    expect(await askSocket(url, sender, QUERY)).toEqual({ data: { __typename: 'Query' } })
  })

  it('and event streams of one user are limited in number: streams were not counted', async () => {
    const clock = { ...wallClock(), wall: () => Date.now() }
    const service = await openTestService({ tokens: { JWT_SECRET }, clock })
    const { url } = await serve(service, { network: { ...OFF, SOCKETS_PER_USER: 2 } })
    const query = 'subscription { recommendations(input: { userId: "u" }) { version } }'
    const subscribe = (credential: string) => connect((address) => sseClient(address, credential), url).subscribe(query)
    const isServed = async (stream: Messages) => (await stream.next()).errors === undefined
    /** Asks until there is a place: the server notices by itself that a client has gone. */
    const servedStream = async (credential: string) => {
      let stream = subscribe(credential)
      const again = async () => {
        if (await isServed(stream)) return true
        stream = subscribe(credential)
        return false
      }
      await expect.poll(again).toBe(true)
      return stream
    }
    const device = await deviceToken('u')
    // Neither those that the client cannot read nor those that it gives up at once keep a place.
    const body = JSON.stringify({ query })
    const headers = { 'content-type': 'application/json', ...headersOf({ token: device }) }
    for (let n = 0; n < 5; n++) {
      const unread = await fetch(url, { method: 'POST', headers: { ...headers, accept: 'application/json' }, body })
      expect(unread.status).toBe(406)
      const given = new AbortController()
      const sent = fetch(url, {
        method: 'POST',
        headers: { ...headers, accept: 'text/event-stream' },
        body,
        signal: given.signal,
      })
      if (n % 2 === 0) await sent
      given.abort()
      await sent.catch(() => {})
    }
    const [, second] = [await servedStream(device), await servedStream(device)]
    const third = subscribe(device)
    expect((await third.next()).errors?.[0].extensions).toEqual({ code: 'RATE_LIMITED' })
    await third.ended
    expect(await isServed(subscribe(await token({ sub: 'shop', role: 'backend' })))).toBe(true)
    second.end()
    // A token does not expire before its stream begins, however busy the machine is.
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const ending = await servedStream(await deviceToken('u', { exp: inSeconds(60) }))
    await vi.advanceTimersByTimeAsync(70_000)
    expect((await ending.next()).errors?.[0].extensions).toEqual({ code: 'UNAUTHENTICATED' })
    expect(await isServed(subscribe(device))).toBe(true)
    expect(await isServed(subscribe(device))).toBe(false)
  })

  it('of one address are opened at a limited rate: 429 with Retry-After', async () => {
    const { url } = await serve(await openTestService(), { network: { CONNECTIONS_PER_ADDRESS: 3, TRUST_PROXY: 'loopback' } })
    const upgrade = (address: string): Promise<{ status: number; retryAfter?: string | undefined }> => {
      const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', {
        headers: { 'x-forwarded-for': address },
      })
      onTestFinished(() => socket.terminate())
      return new Promise((resolve) => {
        socket.on('open', () => resolve({ status: 101 }))
        socket.on('error', () => {})
        socket.on('unexpected-response', (_, { statusCode = 0, headers }: IncomingMessage) =>
          resolve({ status: statusCode, retryAfter: headers['retry-after'] }),
        )
      })
    }
    for (let n = 0; n < 3; n++) expect(await upgrade('203.0.113.1')).toEqual({ status: 101 })
    const { status, retryAfter } = await upgrade('203.0.113.1')
    expect(status).toBe(429)
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(1)
    expect(await upgrade('203.0.113.2')).toEqual({ status: 101 })
  })
})
