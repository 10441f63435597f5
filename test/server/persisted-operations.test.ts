import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { readConfig } from '../../src/config.ts'
import type { RunningServer } from '../../src/server/server.ts'
import { keptLog, openTestService, serve } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

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
  async (url: string, body: object): Promise<Reply> => {
    const headers = { 'content-type': 'application/json', accept }
    const text = await (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).text()
    return JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? text)
  }

async function askSocket(url: string, body: object): Promise<Reply> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  const next = async () => JSON.parse(String((await once(socket, 'message'))[0]))
  const acknowledged = next()
  socket.send('{"type":"connection_init"}')
  await acknowledged
  const answered = next()
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: body }))
  const { type, payload } = await answered
  return type === 'error' ? { errors: payload } : payload
}

const TRANSPORTS = { HTTP: askHttp('application/json'), 'server-sent events': askHttp('text/event-stream'), WebSocket: askSocket }

describe.each(Object.entries(TRANSPORTS))('over %s, with an allow-list', (_, ask) => {
  it('a document is run that is named by its hash, in each spelling, or sent as it is', async () => {
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
  ])('any other is refused with %s: %j', async (code, body) => {
    const { url } = await serveList(LIST)
    const { data, errors } = await ask(url, body)
    expect(data ?? null).toBeNull()
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code])
  })

  it('a hash is refused where the service keeps no list', async () => {
    const { url } = await serve(await openTestService())
    const { errors } = await ask(url, { documentId: sha256(LISTED) })
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['PERSISTED_QUERY_NOT_SUPPORTED'])
  })
})

describe('an allow-list', () => {
  it('also holds subscriptions', async () => {
    const { url } = await serveList(LIST)
    const answer = await askSocket(url, { documentId: sha256(STREAM), variables: { userId: 'u' } })
    expect(answer.data).toEqual({ recommendations: { version: expect.any(Number) } })
  })

  it('may be a manifest of Apollo', async () => {
    const operations = [{ id: sha256(LISTED), name: 'Name', type: 'query', body: LISTED }]
    const { url } = await serveList({ format: 'apollo-persisted-query-manifest', version: 1, operations })
    expect(await TRANSPORTS.HTTP(url, { documentId: sha256(LISTED) })).toEqual({ data: { __typename: 'Query' } })
  })

  it.each([
    ['is no JSON', '{'],
    ['is no list', [1]],
    ['has a key that is not the hash', { abc: LISTED }],
    ['has a document that is not GraphQL', { [sha256('{')]: '{' }],
  ])('that %s stops the start', async (_, list) => {
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

  it('cannot go with GraphiQL', () => {
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

  it('the schema is described and names are suggested only where INTROSPECTION or GRAPHIQL is on', async () => {
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
