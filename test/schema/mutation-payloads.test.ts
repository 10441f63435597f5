import { isNonNullType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../src/schema/schema.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { type GraphQLClient, post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { asker, connect, openTestService, serve } from '../support/server.ts'

const SIBLINGS = /* GraphQL */ `
  mutation ($tooMany: [ID!]!) {
    first: upsertItems(input: [{ itemId: "a", attributes: {} }]) { accepted }
    wrong: deleteItems(input: { itemIds: $tooMany }) { __typename }
    last: upsertItems(input: [{ itemId: "b", attributes: {} }]) { accepted }
  }
`

const CLIENTS: Record<string, (url: string) => Pick<GraphQLClient, 'ask'>> = {
  HTTP: (url) => ({ ask: (query, variables) => post(url, query, variables) }),
  'graphql-transport-ws': (url) => connect(webSocketClient, url),
  SSE: (url) => connect(sseClient, url),
}

onEachStoreWhenLong('a mutation field that fails does not remove the results of other fields from the answer', (open) => {
  it.each(Object.keys(CLIENTS))('over %s', async (transport) => {
    const { url } = await serve(await open())
    const { ask } = CLIENTS[transport](url)
    const tooMany = Array.from({ length: 1001 }, (_, n) => `i${n}`)
    expect(await ask(SIBLINGS, { tooMany })).toEqual({
      data: { first: { accepted: 1 }, wrong: null, last: { accepted: 1 } },
      errors: [expect.objectContaining({ path: ['wrong'], extensions: { code: 'BAD_USER_INPUT' } })],
    })
    expect(await ask('{ items { totalCount } }')).toEqual({ data: { items: { totalCount: 2 } } })
  })
})

it('every mutation is nullable, so that its failure does not affect others', () => {
  const strict = Object.values(schema.getMutationType()!.getFields()).filter(({ type }) => isNonNullType(type))
  expect(strict.map(({ name }) => name)).toEqual([])
})

const ERRORS = /* GraphQL */ `
  mutation {
    recordEvent(input: { userId: "", eventType: "view" }) { ...Failed }
    recordEvents(input: [{ userId: "", eventType: "view" }]) { results { error { code } } }
    setRules(input: { surface: null, rules: { diversity: 2 } }) { ...Failed }
    upsertItems(input: [{ itemId: "", attributes: {} }]) { errors { code } }
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
        recordEvent: { __typename: 'InvalidEventError', ...bad },
        recordEvents: { results: [{ error: bad }] },
        setRules: { __typename: 'InvalidRulesError', ...bad },
        upsertItems: { errors: [bad] },
        activateModel: { __typename: 'NotFoundError', code: 'NOT_FOUND' },
        registerModel: { __typename: 'NotFoundError', code: 'NOT_FOUND' },
      },
    })
  })
})
