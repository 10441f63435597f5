import * as fc from 'fast-check'
import { type GraphQLScalarType, getOperationAST, getVariableValues, parse } from 'graphql'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { schema } from '../../src/schema/schema.ts'
import { costOf } from '../../src/server/operation-cost.ts'
import { OPERATION_POINTS, sizePoints } from '../../src/server/rate-limits.ts'
import { coerceVariables, countVariables, MAX_VARIABLE_ERRORS } from '../../src/server/variables.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { type Answer, post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { connect, openTestService, serve } from '../support/server.ts'

const DOCUMENTS = [
  'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }',
  'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded } } }',
  'query ($input: RecommendationsInput!) { recommendations(input: $input) { recommendationId } }',
  'query ($input: [ID!]! = ["u"], $names: [String!], $first: Int = 3) { userFeatures(userIds: $input, names: $names) { userId } item(itemId: "i") { similar(first: $first) { similarBy } } }',
].map((text) => parse(text))

const NAMES = [
  'input',
  'userId',
  'eventType',
  'itemId',
  'timestamp',
  'eventAttributes',
  'positions',
  'names',
  'first',
  'filter',
  'rules',
]
const KEYS = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: fc.string() })
const LEAF = fc.oneof(fc.string(), fc.integer({ min: -3, max: 50 }), fc.double(), fc.boolean(), fc.constant(null))
const EVENT = fc.record(
  { userId: fc.string(), eventType: fc.constantFrom('view', 'click'), itemId: LEAF, timestamp: LEAF, nothing: LEAF },
  { requiredKeys: ['userId', 'eventType'] },
)
const { value: VALUE } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'medium' }, LEAF, EVENT, fc.array(tie('value')), fc.dictionary(KEYS, tie('value'))),
}))
/** Few shapes, each of any size: what an attacker would send. */
const LARGE = fc
  .tuple(fc.constantFrom('keys', 'objects', 'nested', 'texts'), fc.integer({ min: 1, max: 20_000 }))
  .map(([shape, n]) => {
    const keys = (count: number, of: unknown) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, of]))
    if (shape === 'keys') return keys(n, 1)
    if (shape === 'objects') return Array.from({ length: n }, () => ({}))
    if (shape === 'nested') return keys(Math.ceil(n / 100), keys(100, 1))
    return keys(20, 'x'.repeat(n))
  })
const VARIABLES = fc.record(
  { input: fc.oneof(EVENT, fc.array(EVENT), VALUE, LARGE), names: VALUE, first: VALUE },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, unknown>>

/** Makes a value that counts the entries that are read of it. */
function counted<T>(value: T, count: (entries: number) => void): T {
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(value, {
    get: (target, key, receiver) => {
      const read: unknown = Reflect.get(target, key, receiver)
      if (Object.hasOwn(target, key)) count(1)
      return counted(read, count)
    },
    ownKeys: (target) => {
      const keys = Reflect.ownKeys(target)
      count(keys.length)
      return keys
    },
  })
}

describe('variables', () => {
  it('are coerced as graphql does, and their errors say the same', { timeout: PROPERTY_MS }, async () => {
    const property = fc.asyncProperty(fc.nat(DOCUMENTS.length - 1), VARIABLES, async (n, variables) => {
      const document = DOCUMENTS[n]
      const definitions = getOperationAST(document)!.variableDefinitions ?? []
      const theirs = getVariableValues(schema, definitions, variables, { maxErrors: MAX_VARIABLE_ERRORS })
      const ours = coerceVariables(schema, definitions, variables, true)
      if (theirs.coerced) {
        expect(ours).toEqual(theirs.coerced)
        return
      }
      const reasons = (errors: readonly { message: string }[]) =>
        errors.slice(0, MAX_VARIABLE_ERRORS).map(({ message }) => message.split('; ').at(-1)!.slice(-400))
      expect(reasons(ours as never)).toEqual(reasons(theirs.errors!))
      expect(ours).toHaveLength(theirs.errors!.length)
    })
    await checkProperty(property, 200)
  })

  it('that are refused cost at least the work on them: 49,000 unknown keys took 0.5 s', { timeout: PROPERTY_MS }, async () => {
    const property = fc.asyncProperty(fc.nat(DOCUMENTS.length - 1), VARIABLES, async (n, variables) => {
      const document = DOCUMENTS[n]
      const values = countVariables(variables)
      if (typeof values === 'string') return
      let reads = 0
      const variableValues = counted(variables, (entries) => {
        reads += entries
      })
      const { errors, points } = costOf({ schema, document, variableValues, contextValue: {} as never })
      if (errors.length === 0) return
      // A read takes about an eighth of a microsecond.
      expect(reads / 8).toBeLessThan(OPERATION_POINTS + sizePoints(values, 0) + points)
      for (const { message } of errors) expect(message.length).toBeLessThan(1010)
    })
    await checkProperty(property, 200)
  })
})

it.each(['HTTP', 'SSE', 'WebSocket'])('are coerced once for an operation over %s', async (transport) => {
  const { url } = await serve(await openTestService())
  const spy = vi.spyOn(schema.getType('JSONObject') as GraphQLScalarType, 'parseValue')
  onTestFinished(() => spy.mockRestore())
  const values = () => spy.mock.calls.map(([value]) => (value as { n?: number }).n).filter((n) => n !== undefined)
  const event = (n: number) => ({ userId: 'u', eventType: 'view', itemId: 'i', eventAttributes: { n } })
  const client = connect((to) => (transport === 'SSE' ? sseClient(to) : webSocketClient(to)), url)
  const ask = (query: string, variables: Record<string, unknown>): Promise<Answer> =>
    transport === 'HTTP' ? post(url, query, variables) : client.ask(query, variables)
  const one = 'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }'
  const many =
    'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded } } }'
  for (const n of [1, 2])
    expect((await ask(one, { input: event(n) })).data).toEqual({ recordEvent: { __typename: 'RecordEventPayload' } })
  expect((await ask(many, { input: [3, 4, 5].map(event) })).data).toEqual({ recordEvents: { recorded: 3 } })
  expect(values()).toEqual([1, 2, 3, 4, 5])
})
