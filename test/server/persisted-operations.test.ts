import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { RunningServer } from '../../src/server/server.ts'
import { readConfig } from '../../src/service/config.ts'
import type { NetworkSettings } from '../../src/settings/network-settings.ts'
import { keptLog, openTestService, serve } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { deviceToken, JWT_SECRET } from '../support/tokens.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const LISTED = 'query Name { __typename }'
const STREAM = 'subscription Live($userId: ID!) { recommendations(input: { userId: $userId }) { version } }'
const LIST = { [sha256(LISTED)]: LISTED, [sha256(STREAM)]: STREAM }

async function fileOf(content: unknown): Promise<string> {
  const path = join(await temporaryDirectory(), 'documents.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function serveList(list: unknown): Promise<RunningServer> {
  return serve(await openTestService(), { network: { PERSISTED_OPERATIONS: await fileOf(list) } })
}

interface Reply {
  readonly data?: unknown
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
}

const askHttp =
  (accept: string) =>
  async (url: string, body: object, authorization?: string): Promise<Reply> => {
    const headers = { 'content-type': 'application/json', accept, ...(authorization !== undefined && { authorization }) }
    const text = await (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).text()
    return JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? text)
  }

async function askSocket(url: string, body: object, authorization?: string): Promise<Reply> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  const next = async () => JSON.parse(String((await once(socket, 'message'))[0]))
  const acknowledged = next()
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }))
  await acknowledged
  const answered = next()
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: body }))
  const { type, payload } = await answered
  socket.close()
  return type === 'error' ? { errors: payload } : payload
}

const TRANSPORTS = { HTTP: askHttp('application/json'), 'server-sent events': askHttp('text/event-stream'), WebSocket: askSocket }

describe.each(Object.entries(TRANSPORTS))('over %s, with an allow-list', (_, ask) => {
  it('a listed document runs if it is named by its hash, in each spelling, or sent as text', async () => {
    const { url } = await serveList(LIST)
    const hash = sha256(LISTED)
    const persistedQuery = { version: 1, sha256Hash: hash }
    for (const body of [
      { documentId: hash },
      { documentId: `sha256:${hash}` },
      { extensions: { persistedQuery } },
      { query: LISTED },
      { query: LISTED, extensions: { persistedQuery } },
    ])
      expect(await ask(url, body)).toEqual({ data: { __typename: 'Query' } })
  })

  it.each([
    ['PERSISTED_QUERY_ONLY', { query: '{ __typename }' }],
    ['PERSISTED_QUERY_ONLY', { query: '{' }],
    ['PERSISTED_QUERY_ONLY', { query: '{ __typename }', documentId: sha256(LISTED) }],
    [
      'PERSISTED_QUERY_ONLY',
      { query: '{ __typename }', extensions: { persistedQuery: { version: 1, sha256Hash: sha256('{ __typename }') } } },
    ],
    ['PERSISTED_QUERY_ONLY', { query: '', documentId: undefined }],
    ['PERSISTED_QUERY_NOT_FOUND', { documentId: sha256('other') }],
    ['PERSISTED_QUERY_NOT_FOUND', { documentId: '__proto__' }],
    ['PERSISTED_QUERY_NOT_FOUND', { extensions: { persistedQuery: { version: 1, sha256Hash: sha256('other') } } }],
  ])('any other document is refused with %s: %j', async (code, body) => {
    const { url } = await serveList(LIST)
    const { data, errors } = await ask(url, body)
    expect(data ?? null).toBeNull()
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code])
  })

  it('a hash is refused if the service has no list', async () => {
    const { url } = await serve(await openTestService())
    const { errors } = await ask(url, { documentId: sha256(LISTED) })
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['PERSISTED_QUERY_NOT_SUPPORTED'])
  })
})

const RECORD =
  'mutation Record($input: RecordEventInput!) { recordEvent(input: $input) { ... on RecordEventPayload { event { userId } } } }'

describe('an allow-list, attacked by a device', () => {
  async function attacked(network: Partial<NetworkSettings> = {}) {
    const path = await fileOf({ ...LIST, [sha256(RECORD)]: RECORD })
    const service = await openTestService({ tokens: { JWT_SECRET } })
    const { url } = await serve(service, { network: { PERSISTED_OPERATIONS: path, ...network } })
    return { service, url, authorization: `Bearer ${await deviceToken('me')}` }
  }

  it.each(Object.entries(TRANSPORTS))('runs nothing for a malformed id over %s', async (_, ask) => {
    const { service, url, authorization } = await attacked()
    const hash = sha256(RECORD)
    const record = { variables: { input: { userId: 'me', eventType: 'view' } } }
    const odd = [
      '__proto__',
      'constructor',
      'toString',
      '',
      'sha256:',
      `sha256:sha256:${hash}`,
      ` ${hash}`,
      hash.toUpperCase(),
      `${hash}\u0000`,
      RECORD,
      'x'.repeat(10_000),
      '../documents.json',
      '*',
    ]
    const ids: object[] = odd.flatMap((id) => [
      { documentId: id },
      { extensions: { persistedQuery: { version: 1, sha256Hash: id } } },
    ])
    for (const documentId of [null, 7, true, [hash], { [hash]: hash }]) ids.push({ documentId })
    for (const sha256Hash of [null, 7, [hash], { toString: hash }])
      ids.push({ extensions: { persistedQuery: { version: 1, sha256Hash } } })
    ids.push(
      { extensions: { persistedQuery: null } },
      { extensions: { persistedQuery: [hash] } },
      { extensions: { persistedQuery: hash } },
    )
    for (const id of ids) {
      const { data, errors } = await ask(url, { ...id, ...record }, authorization)
      expect(data ?? null, JSON.stringify(id)).toBeNull()
      expect(['PERSISTED_QUERY_NOT_FOUND', 'PERSISTED_QUERY_ONLY'], JSON.stringify(id)).toContain(errors?.[0].extensions.code)
    }
    expect(await service.store.readEvents('me')).toEqual([])
    expect((await ask(url, { documentId: hash, ...record }, authorization)).errors).toBeUndefined()
  })

  it.each(Object.entries(TRANSPORTS))(
    'does not let variables do what the document and the role do not allow, over %s',
    async (_, ask) => {
      const { service, url, authorization } = await attacked()
      const codeOf = async (documentId: string, variables: object) =>
        (await ask(url, { documentId, variables }, authorization)).errors?.[0].extensions.code
      const other = { userId: 'other', eventType: 'view' }
      expect(await codeOf(sha256(RECORD), { input: other })).toBe('FORBIDDEN')
      expect(await codeOf(sha256(RECORD), { input: [other] })).toBe('BAD_USER_INPUT')
      expect(await codeOf(sha256(RECORD), { input: { userId: 'me', eventType: 'view', role: 'admin' } })).toBe('BAD_USER_INPUT')
      expect(await codeOf(sha256(RECORD), { ['__proto__']: { input: other } })).toBe('BAD_USER_INPUT')
      expect(await codeOf(sha256(RECORD), JSON.parse('{"__proto__": {"input": {}}, "constructor": 1}'))).toBe('BAD_USER_INPUT')
      expect(await codeOf(sha256(LISTED), { input: other, userId: 'other' })).toBeUndefined()
      expect(await service.store.readEvents('other')).toEqual([])
    },
  )

  it.each(Object.entries(TRANSPORTS))('charges points for unknown ids over %s: a flood of them cost nothing', async (_, ask) => {
    const { url, authorization } = await attacked({
      RATE_PER_USER: 1,
      STORED_PER_USER: 0,
      CONNECTIONS_PER_ADDRESS: 0,
      SOCKETS_PER_USER: 10_000,
    })
    const codes = new Set<string | undefined>()
    // A bucket holds 75,000 points; each such operation costs 50.
    for (let n = 0; n < 1600 && !codes.has('RATE_LIMITED'); n += 20) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => ask(url, { documentId: sha256(`${n + i}`) }, authorization)),
      )
      for (const { errors } of answers) codes.add(errors?.[0].extensions.code)
    }
    expect([...codes].sort()).toEqual(['PERSISTED_QUERY_NOT_FOUND', 'RATE_LIMITED'])
  })
})

describe('an allow-list', () => {
  it('can contain subscriptions', async () => {
    const { url } = await serveList(LIST)
    const answer = await askSocket(url, { documentId: sha256(STREAM), variables: { userId: 'u' } })
    expect(answer.data).toEqual({ recommendations: { version: expect.any(Number) } })
  })

  it('can be a manifest of Apollo', async () => {
    const operations = [{ id: sha256(LISTED), name: 'Name', type: 'query', body: LISTED }]
    const { url } = await serveList({ format: 'apollo-persisted-query-manifest', version: 1, operations })
    expect(await TRANSPORTS.HTTP(url, { documentId: sha256(LISTED) })).toEqual({ data: { __typename: 'Query' } })
  })

  it.each([
    ['is no JSON', '{'],
    ['is no list', [1]],
    ['has a key that is not the hash', { abc: LISTED }],
    ['has a document that is not GraphQL', { [sha256('{')]: '{' }],
  ])('that %s prevents the start', async (_, list) => {
    const network = { PERSISTED_OPERATIONS: await fileOf(list) }
    await expect(serve(await openTestService(), { network })).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining('PERSISTED_OPERATIONS'),
    })
    await expect(serve(await openTestService(), { network: { PERSISTED_OPERATIONS: '/nowhere.json' } })).rejects.toMatchObject({
      code: 'CONFIGURATION',
    })
  })

  it('with a document that does not fit the schema is served with a warning', async () => {
    const old = '{ fieldOfAnOldVersion }'
    const { logger, lines } = keptLog()
    const network = { PERSISTED_OPERATIONS: await fileOf({ [sha256(old)]: old }) }
    const { url } = await serve(await openTestService(), { network, logger })
    expect(lines).toContainEqual(expect.objectContaining({ msg: expect.stringContaining('fieldOfAnOldVersion') }))
    const { errors } = await TRANSPORTS.HTTP(url, { documentId: sha256(old) })
    expect(errors?.[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED')
  })

  it('cannot be combined with GraphiQL', () => {
    expect(() => readConfig({ GRAPHIQL: '1', PERSISTED_OPERATIONS: 'documents.json' })).toThrow('GRAPHIQL')
  })
})

describe.each(Object.entries(TRANSPORTS))('over %s', (_, ask) => {
  const introspect = { query: '{ __schema { queryType { name } } }' }
  const misspelled = [
    { query: '{ statuss { version } }' },
    {
      query: 'query ($input: RecommendationsInput!) { recommendations(input: $input) { version } }',
      variables: { input: { userIdd: 'u' } },
    },
  ]

  it('introspection and suggestions of names work only if INTROSPECTION or GRAPHIQL is on', async () => {
    const service = await openTestService()
    const closed = await serve(service)
    expect((await ask(closed.url, introspect)).data).toBeUndefined()
    for (const body of misspelled) {
      const text = JSON.stringify(await ask(closed.url, body))
      expect(text).toMatch(/statuss|userIdd/)
      expect(text).not.toContain('Did you mean')
    }
    for (const settings of [{ network: { INTROSPECTION: true } }, { graphiql: true }]) {
      const open = await serve(service, settings)
      expect((await ask(open.url, introspect)).data).toEqual({ __schema: { queryType: { name: 'Query' } } })
      for (const body of misspelled) expect(JSON.stringify(await ask(open.url, body))).toContain('Did you mean')
    }
  })
})
