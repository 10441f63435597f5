import { once } from 'node:events'
import { SignJWT } from 'jose'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { holdRequest } from '../support/held-request.ts'
import { connect, openTestService, type ServiceSettings, serve } from '../support/server.ts'
import { deviceToken, Issuer, JWT_SECRET, token } from '../support/tokens.ts'

const QUERY = '{ __typename }'
const HOUR = 3600

/** What a caller gets who shows this credential: `ok`, or the code of the refusal. */
type Ask = (url: string, authorization: string | undefined) => Promise<string>

async function ask(url: string, accept: string, authorization: string | undefined): Promise<string> {
  const headers = { 'content-type': 'application/json', accept, ...(authorization !== undefined && { authorization }) }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: QUERY }) })
  const body = await response.text()
  if (response.status === 200) return body.includes('"__typename":"Query"') ? 'ok' : body
  const { errors } = JSON.parse(body)
  if (authorization !== undefined && authorization.length > 40) expect(body).not.toContain(authorization.slice(-20))
  if (response.status === 401) expect(response.headers.get('www-authenticate')).toBe('Bearer')
  return `${response.status} ${errors[0].extensions.code}`
}

/** Opens a socket and sends this payload, then an operation without waiting for the acknowledgement. */
async function askSocket(url: string, payload: unknown): Promise<string> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  const messages: string[] = []
  socket.on('message', (data) => {
    const message = String(data)
    messages.push(message)
    if (message.includes('connection_ack')) socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY } }))
    if (message.includes('"complete"')) socket.close(1000)
  })
  socket.send(JSON.stringify({ type: 'connection_init', ...(payload !== undefined && { payload }) }))
  const [code] = await once(socket, 'close')
  if (code !== 1000) return String(code)
  return messages.some((message) => message.includes('"__typename":"Query"')) ? 'ok' : messages.join()
}

const TRANSPORTS: Record<string, { ask: Ask; refused: string; unavailable: string }> = {
  HTTP: {
    ask: (url, authorization) => ask(url, 'application/json', authorization),
    refused: '401 UNAUTHENTICATED',
    unavailable: '503 UNAVAILABLE',
  },
  SSE: {
    ask: (url, authorization) => ask(url, 'text/event-stream', authorization),
    refused: '401 UNAUTHENTICATED',
    unavailable: '503 UNAVAILABLE',
  },
  WebSocket: {
    ask: (url, Authorization) => askSocket(url, Authorization === undefined ? undefined : { Authorization }),
    refused: '4401',
    unavailable: '1013',
  },
}

const SERVICE: ServiceSettings = { tokens: { JWT_SECRET, JWT_ISSUER: 'the-shop', JWT_AUDIENCE: 'liverank' } }
const OURS = { iss: 'the-shop', aud: 'liverank' }

async function served(settings: ServiceSettings): Promise<string> {
  return (await serve(await openTestService(settings))).url
}

function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds
}

function unsigned(payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(payload)}.`
}

describe.each(Object.entries(TRANSPORTS))('a caller over %s', (_, { ask, refused, unavailable }) => {
  it('is let in with a token of the issuer for this audience', async () => {
    const url = await served(SERVICE)
    for (const role of ['device', 'backend', 'analyst', 'admin'])
      expect(await ask(url, `Bearer ${await token({ sub: 'me', role, ...OURS })}`)).toBe('ok')
    expect(await ask(url, `bearer ${await token({ role: 'admin', iss: 'the-shop', aud: ['other', 'liverank'] })}`)).toBe('ok')
    const skewed = { exp: inSeconds(-2), nbf: inSeconds(2) }
    expect(await ask(url, `Bearer ${await token({ sub: 'me', role: 'device', ...OURS, ...skewed })}`)).toBe('ok')
  })

  it('is refused with any other', async () => {
    const url = await served(SERVICE)
    const good = { sub: 'me', role: 'device', ...OURS, exp: inSeconds(HOUR) }
    const [header, payload, signature] = (await token(good)).split('.')
    const bad: Record<string, string | undefined> = {
      none: undefined,
      'no scheme': await token(good),
      'another scheme': `Basic ${await token(good)}`,
      'an empty token': 'Bearer ',
      'two tokens': `Bearer ${await token(good)} ${await token(good)}`,
      'no token': 'Bearer x',
      'alg none': `Bearer ${unsigned(good)}`,
      'no signature': `Bearer ${header}.${payload}.`,
      'another signature': `Bearer ${header}.${payload}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`,
      'claims that were changed': `Bearer ${header}.${Buffer.from(JSON.stringify({ ...good, role: 'admin' })).toString('base64url')}.${signature}`,
      'another secret': `Bearer ${await token(good, 'b'.repeat(32))}`,
      'an empty secret': `Bearer ${header}.${payload}.${signature.slice(1)}`,
      'another issuer': `Bearer ${await token({ ...good, iss: 'elsewhere' })}`,
      'no issuer': `Bearer ${await token({ ...good, iss: undefined })}`,
      'another audience': `Bearer ${await token({ ...good, aud: 'elsewhere' })}`,
      expired: `Bearer ${await token({ ...good, exp: inSeconds(-30) })}`,
      'not valid yet': `Bearer ${await token({ ...good, nbf: inSeconds(60) })}`,
      'without an end': `Bearer ${await token({ ...good, exp: undefined })}`,
      'an end that is a text': `Bearer ${await token({ ...good, exp: 'tomorrow' })}`,
      'without a role': `Bearer ${await token({ ...good, role: undefined })}`,
      'an unknown role': `Bearer ${await token({ ...good, role: 'root' })}`,
      'several roles': `Bearer ${await token({ ...good, role: ['admin'] })}`,
      'a device without a user': `Bearer ${await token({ ...good, sub: undefined })}`,
      'an empty user': `Bearer ${await token({ ...good, sub: '' })}`,
      'a user that is a number': `Bearer ${await token({ ...good, sub: 7 })}`,
      'a user with a control character': `Bearer ${await token({ ...good, sub: 'a\u0000b' })}`,
      'a user of 129 characters': `Bearer ${await token({ ...good, sub: 'x'.repeat(129) })}`,
      'an encrypted token':
        'Bearer eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ',
      'a giant token': `Bearer ${await token({ ...good, more: 'x'.repeat(7000) })}`,
      'a key that nobody made': `Bearer lrk_0123456789abcdef_${'A'.repeat(43)}`,
      'a key of another shape': 'Bearer lrk_1_x',
    }
    const answers: Record<string, string> = {}
    for (const [name, credential] of Object.entries(bad)) answers[name] = await ask(url, credential)
    expect(answers).toEqual(Object.fromEntries(Object.keys(bad).map((name) => [name, refused])))
  })

  it('is let in with tokens of public keys of each kind, and refused with those of another issuer', async () => {
    const issuer = await Issuer.start()
    const url = await served({ tokens: { JWKS_URL: issuer.url } })
    await issuer.rotate('RS256', 'first')
    const former = await issuer.token({ role: 'backend' })
    expect(await ask(url, `Bearer ${former}`)).toBe('ok')
    for (const alg of ['ES256', 'EdDSA'] as const) {
      const other = await Issuer.start()
      await other.rotate(alg, alg)
      const elsewhere = await served({ tokens: { JWKS_URL: other.url } })
      expect(await ask(elsewhere, `Bearer ${await other.token({ role: 'admin' })}`)).toBe('ok')
      expect(await ask(url, `Bearer ${await other.token({ role: 'admin' })}`)).toBe(refused)
    }
  })

  it('cannot pass off a public key as a secret', async () => {
    const issuer = await Issuer.start()
    const key = await issuer.rotate('RS256', 'public')
    const url = await served({ tokens: { JWKS_URL: issuer.url, JWT_SECRET } })
    const forgery = (secret: string, kid?: string) =>
      new SignJWT({ role: 'admin', exp: inSeconds(HOUR) })
        .setProtectedHeader({ alg: 'HS256', ...(kid !== undefined && { kid }) })
        .sign(new TextEncoder().encode(secret))
    expect(await ask(url, `Bearer ${await forgery(key.n!, 'public')}`)).toBe(refused)
    expect(await ask(url, `Bearer ${await forgery(JSON.stringify(key), 'public')}`)).toBe(refused)
    expect(await ask(url, `Bearer ${await forgery(JWT_SECRET)}`)).toBe('ok')
  })

  it('is told to try again while nobody knows the public keys', async () => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'key')
    issuer.answer = { status: 500, body: 'broken' }
    const url = await served({ tokens: { JWKS_URL: issuer.url } })
    const credential = `Bearer ${await issuer.token({ role: 'backend' })}`
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(url, credential)))
    expect(new Set(answers)).toEqual(new Set([unavailable]))
    expect(issuer.fetches).toBe(1)
  })

  it('needs no token where none is configured', async () => {
    const url = await served({})
    expect(await ask(url, undefined)).toBe('ok')
    expect(await ask(url, 'Bearer whatever')).toBe('ok')
  })
})

it('a token that expires while the body arrives is refused: it was checked before only', async () => {
  const service = await openTestService({ ...SERVICE, clock: ofDate() })
  const { url } = await serve(service)
  const query = 'mutation { recordEvent(input: { userId: "me", eventType: "view", itemId: "i1" }) { __typename } }'
  const held = await holdRequest(url, { query }, await deviceToken('me', OURS))
  vi.setSystemTime(Date.now() + 2 * HOUR * 1000)
  const { status, answer } = await held.finish()
  expect(status).toBe(401)
  expect(answer.errors?.[0].extensions).toEqual({ code: 'UNAUTHENTICATED' })
  expect(await service.store.readEvents('me')).toEqual([])
})

describe('a socket', () => {
  it.each([
    ['a text', 'Bearer x'],
    ['a list', [1]],
    ['a token that is an object', { Authorization: { token: 1 } }],
    ['a token under another name', { token: 'x' }],
  ])('is closed when its payload is %s', async (_, payload) => {
    const url = await served(SERVICE)
    expect(await askSocket(url, payload)).toMatch(/^44(00|01)$/)
  })

  it('runs nothing that is sent behind a refused connection_init', async () => {
    const service = await openTestService(SERVICE)
    const { url } = await serve(service)
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: 'Bearer x' } }))
    const query = 'mutation { recordEvent(input: { userId: "me", eventType: "view", itemId: "i1" }) { __typename } }'
    for (let i = 0; i < 10; i++) socket.send(JSON.stringify({ id: String(i), type: 'subscribe', payload: { query } }))
    const [code] = await once(socket, 'close')
    expect(code).toBe(4401)
    expect(await service.store.readEvents('me')).toEqual([])
  })
})

describe('public keys', () => {
  it('are fetched once for many tokens, and not for each token that names an unknown key', async () => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'known')
    const url = await served({ tokens: { JWKS_URL: issuer.url } })
    const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => issuer.token({ role: 'backend', sub: `server-${i}` })))
    const answers = await Promise.all(tokens.map((one) => TRANSPORTS.HTTP.ask(url, `Bearer ${one}`)))
    expect(new Set(answers)).toEqual(new Set(['ok']))
    expect(issuer.fetches).toBe(1)
    const stranger = await Issuer.start()
    await stranger.rotate('ES256', 'unknown')
    for (let i = 0; i < 20; i++)
      expect(await TRANSPORTS.HTTP.ask(url, `Bearer ${await stranger.token({ role: 'admin', n: i })}`)).toBe(
        '401 UNAUTHENTICATED',
      )
    expect(issuer.fetches).toBe(1)
  })

  it('are fetched again when the issuer has changed them, and every ten minutes', async () => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'former')
    const url = await served({ tokens: { JWKS_URL: issuer.url }, clock: ofDate() })
    const former = await issuer.token({ role: 'backend' })
    expect(await TRANSPORTS.HTTP.ask(url, `Bearer ${former}`)).toBe('ok')
    await issuer.rotate('ES256', 'new')
    vi.setSystemTime(Date.now() + 31_000)
    expect(await TRANSPORTS.HTTP.ask(url, `Bearer ${await issuer.token({ role: 'backend' })}`)).toBe('ok')
    expect(issuer.fetches).toBe(2)
    vi.setSystemTime(Date.now() + 61_000)
    expect(await TRANSPORTS.HTTP.ask(url, `Bearer ${former}`)).toBe('401 UNAUTHENTICATED')
  })

  it('stay in use while the issuer is away', async () => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'known')
    const url = await served({ tokens: { JWKS_URL: issuer.url }, clock: ofDate() })
    const ask = async (n: number) => TRANSPORTS.HTTP.ask(url, `Bearer ${await issuer.token({ role: 'backend', n })}`)
    expect(await ask(0)).toBe('ok')
    for (const [n, body] of ['broken', '{"keys":7}', 'x'.repeat(2 ** 20 + 1)].entries()) {
      issuer.answer = { status: 200, body }
      vi.setSystemTime(Date.now() + 660_000)
      expect(await ask(2 * n + 1)).toBe('ok')
      expect(await ask(2 * n + 2)).toBe('ok')
      // Once: after a failure it is left alone for a while.
      expect(issuer.fetches).toBe(2 + n)
    }
  })
})

describe('public keys of an issuer that is away', () => {
  it.each(Object.values(TRANSPORTS))('may have changed: an unknown one was refused for good with $refused', async (transport) => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'former')
    const url = await served({ tokens: { JWKS_URL: issuer.url }, clock: ofDate() })
    const former = await issuer.token({ role: 'backend' })
    expect(await transport.ask(url, `Bearer ${former}`)).toBe('ok')
    await issuer.rotate('ES256', 'new', true)
    issuer.answer = { status: 500, body: 'broken' }
    vi.setSystemTime(Date.now() + 31_000)
    // The first asks the issuer, the second leaves it alone.
    for (let n = 0; n < 2; n++)
      expect(await transport.ask(url, `Bearer ${await issuer.token({ role: 'backend', n })}`)).toBe(transport.unavailable)
    expect(issuer.fetches).toBe(2)
    issuer.answer = undefined
    vi.setSystemTime(Date.now() + 6000)
    expect(await transport.ask(url, `Bearer ${await issuer.token({ role: 'backend', n: 2 })}`)).toBe('ok')
  })

  it('are those that were fetched last: a check that ran meanwhile kept the ones before', async () => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'former')
    const { authenticator } = await openTestService({ tokens: { JWKS_URL: issuer.url }, clock: ofDate() })
    const formers = await Promise.all(Array.from({ length: 200 }, (_, n) => issuer.token({ role: 'backend', n })))
    await authenticator.prove(await issuer.token({ role: 'backend' }))
    await issuer.rotate('ES256', 'new', true)
    const checks: unknown[] = []
    const checkAtEachStep = async () => {
      for (const former of formers) checks.push(await Promise.race([authenticator.prove(former), undefined]))
    }
    const { fetch } = globalThis
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
      const response = await fetch(...request)
      const body = response.body!.pipeThrough(new TransformStream({ flush: () => void checkAtEachStep() }))
      return new Response(body, response)
    })
    onTestFinished(() => void vi.restoreAllMocks())
    vi.setSystemTime(Date.now() + 31_000)
    await authenticator.prove(await issuer.token({ role: 'backend', n: -1 }))
    await expect.poll(() => checks.length).toBe(formers.length)
    issuer.answer = { status: 500, body: 'broken' }
    vi.setSystemTime(Date.now() + 660_000)
    expect(await authenticator.prove(await issuer.token({ role: 'backend', n: -2 }))).toMatchObject({ role: 'backend' })
  })
})

/** A clock that shows the date, which the test sets. */
function ofDate() {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const now = () => Date.now()
  return { now, wall: now, monotonic: now, at: now, arrive: () => {} }
}

describe('a stream', () => {
  const RENEW = 'mutation ($token: String!) { renewToken(token: $token) { role userId expiresAt } }'
  const LIVE = 'subscription { recommendations(input: { userId: "me" }) { version } }'

  it('over a WebSocket ends with 4440 when the token expires', async () => {
    const url = await served(SERVICE)
    const client = connect(await withToken(webSocketClient, { exp: inSeconds(-3) }), url)
    const messages = client.subscribe(LIVE)
    expect((await messages.next()).data).toBeDefined()
    expect(await client.closed).toEqual({ code: 4440, reason: 'The token has expired: connect again with a new one.' })
  })

  it('over server-sent events ends with an error when the token expires', async () => {
    const url = await served(SERVICE)
    const messages = connect(await withToken(sseClient, { exp: inSeconds(-3) }), url).subscribe(LIVE)
    expect((await messages.next()).data).toBeDefined()
    const last = await messages.next()
    expect(last.errors?.[0].extensions).toEqual({ code: 'UNAUTHENTICATED' })
    await messages.ended
  })

  it('over a WebSocket goes on with a renewed token, for as long as that is valid', async () => {
    const url = await served(SERVICE)
    const client = connect(await withToken(webSocketClient, { exp: inSeconds(-4) }), url)
    const messages = client.subscribe(LIVE)
    await messages.next()
    const exp = inSeconds(-2)
    const { data, errors } = await client.ask(RENEW, { token: await deviceToken('me', { ...OURS, exp }) })
    expect(errors).toBeUndefined()
    expect(data?.renewToken).toEqual({ role: 'DEVICE', userId: 'me', expiresAt: new Date(exp * 1000).toISOString() })
    expect(await client.closed).toMatchObject({ code: 4440 })
    expect(Date.now()).toBeGreaterThanOrEqual((exp + 5) * 1000)
  })

  it('over a WebSocket takes no token of another user, of another role, or that is not valid', async () => {
    const url = await served(SERVICE)
    const client = connect(await withToken(webSocketClient, {}), url)
    const renewed = async (credential: string) => (await client.ask(RENEW, { token: credential })).errors?.[0].extensions?.code
    expect(await renewed(await deviceToken('other', OURS))).toBe('FORBIDDEN')
    expect(await renewed(await token({ role: 'admin', sub: 'me', ...OURS }))).toBe('FORBIDDEN')
    expect(await renewed(await deviceToken('me', { ...OURS, exp: inSeconds(-60) }))).toBe('UNAUTHENTICATED')
    expect(await renewed('x')).toBe('UNAUTHENTICATED')
    expect(await renewed('x'.repeat(9000))).toBe('UNAUTHENTICATED')
    expect(await renewed(await deviceToken('me', OURS))).toBeUndefined()
  })

  it('can be renewed over a WebSocket only', async () => {
    const url = await served(SERVICE)
    const credential = await deviceToken('me', OURS)
    const { errors } = await post(url, RENEW, { token: credential }, credential)
    expect(errors?.[0].extensions?.code).toBe('BAD_USER_INPUT')
  })

  async function withToken<C>(make: (url: string, token: string) => C, claims: object): Promise<(url: string) => C> {
    const credential = await deviceToken('me', { ...OURS, ...claims })
    return (url) => make(url, credential)
  }
})
