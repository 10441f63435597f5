import { once } from 'node:events'
import { SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { wallClock } from '../../src/clock.ts'
import { holdRequest } from '../support/held-request.ts'
import { openSocket } from '../support/raw-socket.ts'
import { keptLog, openTestService, serve } from '../support/server.ts'
import { deviceToken, Issuer, JWT_SECRET, token } from '../support/tokens.ts'
import { askSocket, HOUR, inSeconds, OURS, ofDate, SERVICE, served, TRANSPORTS } from './authenticated-callers.ts'

function unsigned(payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(payload)}.`
}

describe.each(Object.entries(TRANSPORTS))('a caller over %s', (_, { ask, refused, unavailable }) => {
  it('is accepted with a token of the issuer for this audience', async () => {
    const url = await served(SERVICE)
    for (const role of ['device', 'backend', 'analyst', 'admin'])
      expect(await ask(url, `Bearer ${await token({ sub: 'me', role, ...OURS })}`)).toBe('ok')
    expect(await ask(url, `bearer ${await token({ role: 'admin', iss: 'the-shop', aud: ['other', 'liverank'] })}`)).toBe('ok')
    const skewed = { exp: inSeconds(-2), nbf: inSeconds(2) }
    expect(await ask(url, `Bearer ${await token({ sub: 'me', role: 'device', ...OURS, ...skewed })}`)).toBe('ok')
  })

  it('is refused with any other token', async () => {
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

  it('is accepted with tokens signed by each kind of public key, and refused with those of another issuer', async () => {
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

  it('is told to try again while the public keys are unknown', async () => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'key')
    issuer.answer = { status: 500, body: 'broken' }
    const url = await served({ tokens: { JWKS_URL: issuer.url } })
    const credential = `Bearer ${await issuer.token({ role: 'backend' })}`
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(url, credential)))
    expect(new Set(answers)).toEqual(new Set([unavailable]))
    expect(issuer.fetches).toBe(1)
  })

  it('makes the service log once a minute that the public keys cannot be fetched, without the answer of the issuer', async () => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'key')
    const credential = `Bearer ${await issuer.token({ role: 'backend' })}`
    let now = 1_000_000
    const clock = { ...wallClock(), monotonic: () => now }
    const { logger, lines } = keptLog()
    const service = await openTestService({ clock, logger, tokens: { JWKS_URL: `${issuer.url}?secret=hidden` } })
    const { url } = await serve(service)
    const ways = [
      [{ status: 500, body: 'broken' }, 'The answer has the status 500 instead of 200.'],
      [{ status: 200, body: '{"d":"private' }, 'The answer is not JSON.'],
      [{ status: 200, body: '{"d":"private"}' }, 'The answer is not a key set, because it has no list `keys`.'],
    ] as const
    for (const [answer] of [...ways, ...ways]) {
      issuer.answer = answer
      expect(await ask(url, credential)).toBe(unavailable)
      // Beyond the pause after a failure, and six times within a minute.
      now += 6000
    }
    const said = () => lines.filter(({ msg }) => String(msg).includes('JWKS_URL'))
    expect(said()).toEqual([expect.objectContaining({ level: 40, failures: 1, reason: ways[0][1] })])
    for (const [answer, reason] of ways) {
      issuer.answer = answer
      now += 61_000
      expect(await ask(url, credential)).toBe(unavailable)
      expect(said().at(-1)).toMatchObject({ reason })
    }
    expect(said().map(({ failures }) => failures)).toEqual([1, 6, 1, 1])
    expect(service.authenticator.issuerHealth.failures).toBe(9)
    expect(JSON.stringify(lines)).not.toMatch(/private|hidden|secret/)
    issuer.answer = undefined
    now += 6000
    expect(await ask(url, credential)).toBe('ok')
    expect(said()).toHaveLength(4)
  })

  it('needs no token if no issuer is configured', async () => {
    const url = await served({})
    expect(await ask(url, undefined)).toBe('ok')
    expect(await ask(url, 'Bearer whatever')).toBe('ok')
  })
})

it('a token that expires while the body arrives is refused: it was only checked before', async () => {
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

  it('runs nothing that is sent after a refused connection_init', async () => {
    const service = await openTestService(SERVICE)
    const { url } = await serve(service)
    const socket = await openSocket(url)
    socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: 'Bearer x' } }))
    const query = 'mutation { recordEvent(input: { userId: "me", eventType: "view", itemId: "i1" }) { __typename } }'
    for (let i = 0; i < 10; i++) socket.send(JSON.stringify({ id: String(i), type: 'subscribe', payload: { query } }))
    const [code] = await once(socket, 'close')
    expect(code).toBe(4401)
    expect(await service.store.readEvents('me')).toEqual([])
  })
})
