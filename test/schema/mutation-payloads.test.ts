import { describe, expect, it, vi } from 'vitest'
import { CLIENT_CODES, UnavailableError } from '../../src/errors.ts'
import { schema } from '../../src/schema/schema.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { type GraphQLClient, post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { asker, connect, openTestService, serve } from '../support/server.ts'

const SIBLINGS = /* GraphQL */ `
  mutation {
    first: upsertItems(input: { items: [{ itemId: "a", attributes: {} }] }) { ... on UpsertPayload { accepted } }
    failed: deleteItems(input: { itemIds: ["a"] }) { __typename }
    last: upsertItems(input: { items: [{ itemId: "b", attributes: {} }] }) { ... on UpsertPayload { accepted } }
  }
`

const CLIENTS: Record<string, (url: string) => Pick<GraphQLClient, 'ask'>> = {
  HTTP: (url) => ({ ask: (query, variables) => post(url, query, variables) }),
  'graphql-transport-ws': (url) => connect(webSocketClient, url),
  SSE: (url) => connect(sseClient, url),
}

onEachStoreWhenLong('a mutation field that fails does not remove the results of other fields from the answer', (open) => {
  it.each(Object.keys(CLIENTS))('over %s', async (transport) => {
    const service = await open()
    vi.spyOn(service.uploads, 'deleteItems').mockRejectedValue(new UnavailableError('Send it again.'))
    const { url } = await serve(service)
    const { ask } = CLIENTS[transport](url)
    expect(await ask(SIBLINGS)).toEqual({
      data: { first: { accepted: 1 }, failed: null, last: { accepted: 1 } },
      errors: [expect.objectContaining({ path: ['failed'], extensions: { code: 'UNAVAILABLE' } })],
    })
    expect(await ask('{ items { totalCount } }')).toEqual({ data: { items: { totalCount: 2 } } })
  })
})

const tooMany = <T>(row: (id: string) => T): T[] => Array.from({ length: 1001 }, (_, n) => row(`i${n}`))

/** A wrong input of each mutation, with the place of the mistake. */
const WRONG: Readonly<Record<string, { readonly input: object; readonly field: string; readonly code?: 'NOT_FOUND' }>> = {
  activateModel: { input: { name: 'none', traffic: 2 }, field: 'traffic' },
  createKey: { input: { name: '', role: 'BACKEND' }, field: 'name' },
  deleteItems: { input: { itemIds: tooMany((id) => id) }, field: 'itemIds' },
  eraseUser: { input: { userId: '' }, field: 'userId' },
  mergeUsers: { input: { from: 'ana', into: 'ana' }, field: 'into' },
  recordEvent: { input: { userId: 'ana', eventType: 'view', eventAttributes: { price: 'low' } }, field: 'eventAttributes.price' },
  recordEvents: { input: { events: [] }, field: 'events' },
  registerModel: { input: { name: 'none' }, field: 'name', code: 'NOT_FOUND' },
  removeRules: { input: {}, field: 'surface' },
  renewToken: { input: { token: 'none' }, field: 'token' },
  retireModel: { input: { name: 'none' }, field: 'name', code: 'NOT_FOUND' },
  revokeKey: { input: { keyId: 'none' }, field: 'keyId', code: 'NOT_FOUND' },
  serveNeighbourLists: { input: { version: 'v1', generatedAt: 'today', lists: 1 }, field: 'generatedAt' },
  setRules: { input: { surface: null, rules: { boost: [{ filter: { and: [] }, factor: -1 }] } }, field: 'rules.boost.0.factor' },
  shadowModel: { input: { name: 'none' }, field: 'name', code: 'NOT_FOUND' },
  uploadModel: { input: { name: 'm', part: 0, parts: 1, sha256: 'none', content: 'AAAA' }, field: 'sha256' },
  uploadNeighbourLists: { input: { version: 'v1', part: 1, parts: 1, lists: [] }, field: 'part' },
  uploadOfflineRecommendations: {
    input: { lists: tooMany((segment) => ({ owner: { segment }, items: [] })) },
    field: 'lists',
  },
  upsertItems: { input: { items: tooMany((itemId) => ({ itemId, attributes: {} })) }, field: 'items' },
  upsertUsers: { input: { users: tooMany((userId) => ({ userId, attributes: {} })) }, field: 'users' },
}

describe('a wrong input', () => {
  it('is an error in the data, with a code, a message and the path, for every mutation', async () => {
    const ask = asker(await openTestService())
    expect(Object.keys(WRONG)).toEqual(Object.keys(schema.getMutationType()!.getFields()).sort())
    for (const [name, { input, field, code = 'BAD_USER_INPUT' }] of Object.entries(WRONG)) {
      const type = `${name[0].toUpperCase()}${name.slice(1)}Input`
      const query = `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ... on Error { code message field } } }`
      const __typename = code === 'NOT_FOUND' ? 'NotFoundError' : 'InvalidInputError'
      expect(await ask(query, { input })).toEqual({
        data: { [name]: { __typename, code, field, message: expect.stringMatching(/^\S.{10,}/) } },
      })
      expect(CLIENT_CODES).toHaveProperty(code)
    }
  })
})

const ERRORS = /* GraphQL */ `
  mutation {
    recordEvent(input: { userId: "", eventType: "view" }) { ...Failed }
    recordEvents(input: { events: [{ userId: "", eventType: "view" }] }) { ... on RecordEventsPayload { results { error { code } } } }
    setRules(input: { surface: null, rules: { diversity: 2 } }) { ...Failed }
    upsertItems(input: { items: [{ itemId: "", attributes: {} }] }) { ... on UpsertPayload { errors { code } } }
    activateModel(input: { name: "none" }) { ...Failed }
    registerModel(input: { name: "none" }) { ...Failed }
  }
  fragment Failed on Error { __typename code message }
`

describe('an error in the data', () => {
  it('has a code that a client can decide by', async () => {
    const ask = asker(await openTestService())
    const bad = { code: 'BAD_USER_INPUT' }
    expect(await ask(ERRORS)).toMatchObject({
      data: {
        recordEvent: { __typename: 'InvalidInputError', ...bad },
        recordEvents: { results: [{ error: bad }] },
        setRules: { __typename: 'InvalidInputError', ...bad },
        upsertItems: { errors: [bad] },
        activateModel: { __typename: 'NotFoundError', code: 'NOT_FOUND' },
        registerModel: { __typename: 'NotFoundError', code: 'NOT_FOUND' },
      },
    })
  })
})
