import { hash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { NetworkSettings } from '../../src/settings/network-settings.ts'
import { openTestService, serve } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

const NO_RATES = { STORED_PER_USER: 0, RATE_PER_USER: 0, RATE_PER_KEY: 0, RATE_PER_ADDRESS: 0 }
const RECORD = 'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }'
const RECORD_MANY =
  'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded } } }'
const FORBIDDEN = '{ policyReport(days: 7) { __typename } }'
/** Costs 55,000 points with 50 similar items for each of 100, and 45,000 with one for each of 90. */
const DEAR = `query ($userId: ID!, $first: Int!, $similar: Int!) {
  recommendations(input: { userId: $userId, first: $first }) { items { item { similar(first: $similar) { score } } } }
}`

interface Sender {
  readonly token?: string
  readonly address?: string
}

interface Reply {
  readonly status: number
  readonly bytes: number
  readonly retryAfter: string | null
  readonly data?: unknown
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[]
}

async function post(url: string, { token: shown, address }: Sender, body: unknown): Promise<Reply> {
  const headers = {
    'content-type': 'application/json',
    ...(shown && { authorization: `Bearer ${shown}` }),
    ...(address && { 'x-forwarded-for': address }),
  }
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(url, { method: 'POST', headers, body: sent })
  const text = await response.text()
  const { status } = response
  return { status, bytes: text.length, retryAfter: response.headers.get('retry-after'), ...JSON.parse(text) }
}

/** Returns the payloads of the first answers to operations that are sent at once over one socket. */
async function askSocket(url: string, shown: string, payloads: readonly unknown[]): Promise<unknown[]> {
  const socket = await socketOf(url, { token: shown })
  const answers = new Map<string, unknown>()
  await once(socket, 'message')
  const answered = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const { id, type, payload } = JSON.parse(String(data))
      if (type !== 'complete') answers.set(id, payload)
      if (answers.size === payloads.length) resolve()
    })
  })
  payloads.forEach((payload, id) => void socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload })))
  await answered
  return [...answers.values()]
}

async function socketOf(url: string, { token: shown, address = '' }: Sender): Promise<WebSocket> {
  const headers = { 'x-forwarded-for': address }
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', { headers })
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: shown ? { authorization: `Bearer ${shown}` } : {} }))
  return socket
}

async function served(network: Partial<NetworkSettings>): Promise<string> {
  const service = await openTestService({ tokens: { JWT_SECRET } })
  return (await serve(service, { network: { ...NO_RATES, TRUST_PROXY: 'loopback', ...network } })).url
}

async function allowing(document: string): Promise<string> {
  const path = join(await temporaryDirectory(), 'operations.json')
  await writeFile(path, JSON.stringify({ [hash('sha256', document)]: document }))
  return path
}

describe('wrong variables', () => {
  const empty = { input: Array.from({ length: 5000 }, () => ({})) }

  it.each([
    ['of a document', async () => [{}, { query: RECORD_MANY, variables: empty }] as const],
    [
      'of a persisted operation',
      async () =>
        [
          { PERSISTED_OPERATIONS: await allowing(RECORD_MANY) },
          { documentId: hash('sha256', RECORD_MANY), variables: empty },
        ] as const,
    ],
  ])('%s are reported up to a number: 15 KB of {} brought 10,000 errors', async (_, prepare) => {
    const [network, sent] = await prepare()
    const url = await served(network)
    const device = await deviceToken('u')
    const { status, bytes, errors } = await post(url, { token: device }, sent)
    expect([status, errors?.[0].extensions]).toEqual([400, { code: 'BAD_USER_INPUT' }])
    expect(errors?.length).toBe(11)
    expect(bytes).toBeLessThan(3000)
    const [overSocket] = (await askSocket(url, device, [sent])) as [Reply]
    expect(overSocket.errors?.map(({ message }) => message)).toEqual(errors?.map(({ message }) => message))
  })

  it.each([RECORD, RECORD_MANY])('are not repeated at length: %s', async (query) => {
    const url = await served({})
    const input = { userId: 'u', eventType: 'view', nothing: 'x'.repeat(100_000) }
    const { bytes, errors } = await post(url, { token: await deviceToken('u') }, { query, variables: { input } })
    expect(errors?.[0].message).toMatch(/^Variable "\$input" got invalid value .*….*Field "nothing" is not defined/)
    expect(bytes).toBeLessThan(2000)
  })
})

describe('an operation that is refused', () => {
  const invalid = { query: '{ nothing }' }
  const refusals: Record<string, unknown> = {
    'JSON that ends early': '{"query',
    'a body that is no operation': '[]',
    'a document that cannot be parsed': { query: '{' },
    'a document that does not fit the schema': invalid,
    'a document of too many comparisons': { query: `{ ${'item(itemId: "a") { itemId } '.repeat(190)} }` },
    'wrong variables': { query: RECORD_MANY, variables: { input: [{}] } },
    'wrong variables of a document with a fixed cost': { query: RECORD, variables: { input: {} } },
    'too large a complexity': { query: '{ items(first: 500) { edges { node { similar(first: 500) { score } } } } }' },
    'a field that the role may not use': { query: FORBIDDEN },
    'a hash of no document': { documentId: 'a'.repeat(64) },
  }

  /** Uses up the 104,400 points of a user, but for about 4,000. @returns the token of the user */
  async function exhausted(url: string, userId: string): Promise<string> {
    const device = await deviceToken(userId)
    for (const sizes of [
      { first: 100, similar: 50 },
      { first: 90, similar: 1 },
    ])
      expect((await post(url, { token: device }, { query: DEAR, variables: { userId, ...sizes } })).errors).toBeUndefined()
    return device
  }

  it('costs its sender at least 400 points, whatever is wrong', async () => {
    const url = await served({ RATE_PER_USER: 1 })
    for (const [name, body] of Object.entries(refusals)) {
      const sender = { token: await exhausted(url, name) }
      const replies = await Promise.all(Array.from({ length: 20 }, () => post(url, sender, body)))
      const limited = replies.filter(({ status }) => status === 429)
      expect(limited.length, name).toBeGreaterThanOrEqual(8)
      expect(limited.length, name).toBeLessThan(20)
      for (const { errors } of limited) expect(errors?.[0].extensions.code, name).toBe('RATE_LIMITED')
    }
  })

  it('costs its sender as much over a WebSocket', async () => {
    const url = await served({ RATE_PER_USER: 1 })
    const answers = await askSocket(url, await exhausted(url, 'u'), new Array(20).fill(invalid))
    const codes = answers.flatMap((errors) => (errors as Reply['errors'])?.[0].extensions.code)
    expect(codes.filter((code) => code === 'RATE_LIMITED').length).toBeGreaterThanOrEqual(8)
  })

  it('for the size of its variables, costs points before they are matched with their types', async () => {
    const url = await served({ RATE_PER_USER: 1 })
    const sender = { token: await deviceToken('u') }
    // 7,800 values in less than 16 KB: with 400 points for each operation, 24 cost 103,000.
    const body = { query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', variables: { ids: Array(3800).fill(1) } }
    const statuses = await Promise.all(Array.from({ length: 60 }, async () => (await post(url, sender, body)).status))
    expect(statuses.filter((status) => status !== 429).length).toBeLessThan(46)
  })
})

describe('a stranger', () => {
  /** Uses up what an address may use, but for some 30,000 points. */
  async function exhaust(url: string, address: string): Promise<void> {
    const sender = { token: await deviceToken('u'), address }
    const variables = { userId: 'u', first: 100, similar: 50 }
    for (let n = 0; n < 11; n++) expect((await post(url, sender, { query: DEAR, variables })).errors).toBeUndefined()
  }

  it.each([
    ['no token', async () => undefined],
    ['a token with a wrong signature', async () => (await token({ role: 'admin' })).slice(0, -8)],
    ['an unknown key', async () => `lrk_0123456789abcdef_${'A'.repeat(43)}`],
  ])('with %s is limited by address, and nobody elsewhere is', async (_, show) => {
    const shown = await show()
    const url = await served({ RATE_PER_ADDRESS: 1 })
    const server = await token({ sub: 'shop', role: 'backend' })
    expect((await post(url, { token: server, address: '203.0.113.2' }, { query: '{ __typename }' })).status).toBe(200)
    await exhaust(url, '203.0.113.1')
    const stranger = { address: '203.0.113.1', ...(shown && { token: shown }) }
    const replies = await Promise.all(Array.from({ length: 100 }, () => post(url, stranger, { query: '{ __typename }' })))
    const statuses = replies.map(({ status }) => status)
    expect(statuses.filter((status) => status === 401).length).toBeLessThan(80)
    const limited = replies.find(({ status }) => status === 429)
    const retryAfterMs = Number(limited?.errors?.[0].extensions.retryAfterMs)
    expect(limited?.errors?.[0].extensions).toEqual({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) })
    expect(limited?.retryAfter).toBe(String(Math.ceil(retryAfterMs / 1000)))
    // A server that the service knows goes on, and so does whoever is elsewhere.
    expect((await post(url, { token: server, address: '203.0.113.1' }, { query: '{ __typename }' })).status).toBe(200)
    expect((await post(url, { ...stranger, address: '203.0.113.3' }, { query: '{ __typename }' })).status).toBe(401)
    // A socket is refused before its token is looked at.
    const socket = await socketOf(url, stranger)
    expect((await once(socket, 'close'))[0]).toBe(1013)
  })
})
