import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CLOCK_TOLERANCE_SECONDS } from '../../src/auth/token-verifier.ts'
import { post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { connect } from '../support/server.ts'
import { deviceToken, token } from '../support/tokens.ts'
import { HOUR, inSeconds, OURS, SERVICE, served } from './authenticated-callers.ts'

/** Life of a token, in seconds. */
const LIFE = 60

// A token does not expire while the machine is busy with something else: time passes when the test says so.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Time goes on to the last second in which a token with this `exp` is accepted. */
async function toLastSecondOf(exp: number): Promise<void> {
  await vi.advanceTimersByTimeAsync((exp + CLOCK_TOLERANCE_SECONDS) * 1000 - 1 - Date.now())
}

describe('a stream', () => {
  const RENEW =
    'mutation ($token: String!) { renewToken(input: { token: $token }) { ... on RenewTokenPayload { role userId expiresAt } ... on Error { code message field } } }'
  const LIVE = 'subscription { recommendations(input: { userId: "me" }) { version } }'

  it('over a WebSocket ends with 4440 when the token expires', async () => {
    const url = await served(SERVICE)
    const exp = inSeconds(LIFE)
    const client = connect(await withToken(webSocketClient, { exp }), url)
    const messages = client.subscribe(LIVE)
    expect((await messages.next()).data).toBeDefined()
    await toLastSecondOf(exp)
    expect((await client.ask('{ __typename }')).data).toBeDefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(await client.closed).toEqual({ code: 4440, reason: 'The token has expired: connect again with a new one.' })
  })

  it('over server-sent events ends with an error when the token expires', async () => {
    const url = await served(SERVICE)
    const exp = inSeconds(LIFE)
    const messages = connect(await withToken(sseClient, { exp }), url).subscribe(LIVE)
    expect((await messages.next()).data).toBeDefined()
    await toLastSecondOf(exp + 1)
    const last = await messages.next()
    expect(last.errors?.[0].extensions).toEqual({ code: 'UNAUTHENTICATED' })
    await messages.ended
  })

  it('over a WebSocket continues with a renewed token, for as long as this token is valid', async () => {
    const url = await served(SERVICE)
    const client = connect(await withToken(webSocketClient, { exp: inSeconds(LIFE) }), url)
    const messages = client.subscribe(LIVE)
    await messages.next()
    const exp = inSeconds(2 * LIFE)
    const { data, errors } = await client.ask(RENEW, { token: await deviceToken('me', { ...OURS, exp }) })
    expect(errors).toBeUndefined()
    expect(data?.renewToken).toEqual({ role: 'DEVICE', userId: 'me', expiresAt: new Date(exp * 1000).toISOString() })
    await toLastSecondOf(exp)
    expect((await client.ask('{ __typename }')).data).toBeDefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(await client.closed).toMatchObject({ code: 4440 })
  })

  it('over a WebSocket accepts no token of another user or role, and no invalid token', async () => {
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

  it('over a WebSocket accepts a new token for a day, and no longer one', async () => {
    const url = await served(SERVICE)
    const client = connect(await withToken(webSocketClient, { exp: inSeconds(LIFE) }), url)
    const renewed = async (seconds: number) => {
      const { data } = await client.ask(RENEW, { token: await deviceToken('me', { ...OURS, exp: inSeconds(seconds) }) })
      return data?.renewToken
    }
    const message =
      'The new token is valid for 25 hours; at most 24 are allowed (RENEWED_TOKEN_HOURS): send one that expires sooner.'
    const refused = { code: 'BAD_USER_INPUT', message, field: 'token' }
    expect(await renewed(25 * HOUR)).toEqual(refused)
    expect(await renewed(1e9)).toEqual({ ...refused, message: expect.any(String) })
    // The former token still counts.
    expect((await client.ask('{ __typename }')).data).toBeDefined()
    expect(await renewed(24 * HOUR)).toMatchObject({ userId: 'me' })
    // Of a new connection, the issuer decides how long the token is valid.
    const patient = connect(await withToken(webSocketClient, { exp: inSeconds(1e9) }), url)
    expect((await patient.ask('{ __typename }')).data).toBeDefined()
  })

  it('can be renewed only over a WebSocket', async () => {
    const url = await served(SERVICE)
    const credential = await deviceToken('me', OURS)
    const { data } = await post(url, RENEW, { token: credential }, credential)
    expect(data?.renewToken).toMatchObject({ code: 'BAD_USER_INPUT', field: 'token' })
  })

  async function withToken<C>(make: (url: string, token: string) => C, claims: object): Promise<(url: string) => C> {
    const credential = await deviceToken('me', { ...OURS, ...claims })
    return (url) => make(url, credential)
  }
})
