import { createHash } from 'node:crypto'
import { ROLES, type Role } from '../../src/auth/principal.ts'
import { fullUser, type PricedShop } from './priced-shop.ts'

/** A request that the service refuses, or of which it refuses a part. */
export interface RefusedRequest {
  readonly name: string
  readonly role: Role
  /** Makes the body of the nth request, of which some are like those before, and some are not. */
  readonly body: (n: number) => string
  /** Whether the request shows a token that is not valid. */
  readonly wrongToken?: boolean
}

const OPERATORS: readonly Role[] = ['backend', 'analyst', 'admin']
const repeat = (times: number, part: (i: number) => string) => Array.from({ length: times }, (_, i) => part(i)).join(' ')
const json = (query: string, variables: object = {}) => JSON.stringify({ query, variables })
const FORBIDDEN: Readonly<Partial<Record<Role, string>>> = {
  device: 'status { __typename }',
  backend: 'status { __typename }',
  analyst: 'keys { __typename }',
}
const RECORD_EVENTS =
  'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded } } }'
/** Many fields of one name, which validation compares in pairs. */
const overlapping = (n: number) => `query N${n} { ${repeat(60, () => '... on Query { eventTypes { name role weight } }')} }`
const LONG_ALIASES = `query ($id: ID!) { slate(recommendationId: $id) { items { ${repeat(80, (i) => `${'a'.repeat(1000)}${i}: position`)} } } }`

/** Returns the kinds of requests that are refused, for each role that can send them. */
export function refusedRequests({ recommendationId }: PricedShop): RefusedRequest[] {
  const anyRole: readonly Omit<RefusedRequest, 'role'>[] = [
    {
      name: 'an event of a wrong type',
      body: () => json('mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }', { input: 7 }),
    },
    { name: '15 KB of empty events', body: () => json(RECORD_EVENTS, { input: new Array(5000).fill({}) }) },
    { name: '76 KB of empty events', body: () => json(RECORD_EVENTS, { input: new Array(25_000).fill({}) }) },
    { name: 'unknown fields', body: (n) => json(`query N${n} { ${repeat(300, (i) => `unknown${i}`)} }`) },
    { name: 'unknown fields, in a document that came before', body: () => json(`{ ${repeat(300, (i) => `unknown${i}`)} }`) },
    { name: 'fields that overlap', body: (n) => json(overlapping(n)) },
    { name: 'a new document', body: (n) => json(`query N${n} { ${repeat(99, (i) => `a${i}: eventTypes { name }`)} }`) },
    { name: 'too many aliases', body: (n) => json(`query N${n} { ${repeat(101, (i) => `a${i}: __typename`)} }`) },
    {
      name: 'too complex',
      body: () =>
        json(
          `{ ${repeat(20, (i) => `a${i}: status { __typename }`)} ${repeat(10, (i) => `b${i}: similarItems(itemId: "i", first: 500) { item { itemId similar(first: 500) { score } } }`)} }`,
        ),
    },
    { name: 'too many characters', body: () => json(`{ __typename #${'x'.repeat(100_000)}\n }`) },
    { name: 'too many values', body: () => json(RECORD_EVENTS, { input: new Array(60_000).fill(0) }) },
    { name: 'malformed JSON', body: () => '{"query":"{ __typename }","variables":{' },
    { name: 'malformed JSON of 4 MB', body: () => `{"query":"{ __typename }","variables":{"a":[${'{},'.repeat(1_300_000)}` },
    { name: 'a document that does not parse', body: (n) => json(`query N${n} { ${repeat(400, (i) => `a${i}`)}`) },
    {
      name: 'an unknown persisted operation',
      body: (n) =>
        JSON.stringify({
          extensions: { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(String(n)).digest('hex') } },
        }),
    },
    { name: 'a wrong token', wrongToken: true, body: () => json('{ __typename }') },
    { name: 'an argument out of bounds', body: () => json('{ similarItems(itemId: "i", first: 501) { score } }') },
    { name: 'long aliases', body: () => json(LONG_ALIASES, { id: recommendationId }) },
  ]
  return [
    ...ROLES.flatMap((role) => anyRole.map((one) => ({ ...one, role }))),
    ...ROLES.flatMap((role) => {
      const field = FORBIDDEN[role]
      if (field === undefined) return []
      return [
        { name: 'a forbidden field', role, body: () => json(`{ ${field} }`) },
        { name: 'a forbidden field with 100 aliases', role, body: () => json(`{ ${repeat(100, (i) => `a${i}: ${field}`)} }`) },
      ]
    }),
    ...(['device', 'backend'] as const).flatMap((role) => [
      {
        name: 'a forbidden field in a list',
        role,
        body: () => json('query ($id: ID!) { slate(recommendationId: $id) { items { baseScore } } }', { id: recommendationId }),
      },
      {
        name: 'a forbidden field with 40 aliases in a list',
        role,
        body: () =>
          json(`query ($id: ID!) { slate(recommendationId: $id) { items { ${repeat(40, (i) => `a${i}: baseScore`)} } } }`, {
            id: recommendationId,
          }),
      },
    ]),
    {
      name: 'events of another user',
      role: 'device',
      body: () =>
        json(
          'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { results { error { message } } } } }',
          {
            input: Array.from({ length: 1000 }, () => ({ userId: fullUser(1), eventType: 'view', itemId: 'i' })),
          },
        ),
    },
    ...OPERATORS.map((role) => ({
      name: 'an unknown feature',
      role,
      body: () => json('{ itemFeatures(itemIds: ["i"], names: ["unknown"]) { itemId } }'),
    })),
  ]
}
