import { createComplexityRule } from '@pothos/plugin-complexity'
import { type DocumentNode, parse, validate } from 'graphql'
import { expect, it, vi } from 'vitest'
import { schema } from '../../src/schema/schema.ts'
import { costOf } from '../../src/server/operation-cost.ts'

const EVENT = { userId: 'u', eventType: 'view', itemId: 'i' }

const DOCUMENT = parse(`
  mutation One($input: RecordEventInput!) { recordEvent(input: $input) { __typename ...Kept } }
  mutation Many($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded results { index status warnings { code } } } } }
  mutation Slate($input: RecordEventInput!, $slate: SlateInput!) {
    recordEvent(input: $input) { ... on RecordEventPayload { recommendations(input: $slate) { version } } }
  }
  query Two { a: eventTypes { name } b: eventTypes { name role } }
  fragment Kept on RecordEventPayload { duplicate warnings { code message } }
`)

/** The rule as validation runs it, on the whole document. */
function pointsOf(document: DocumentNode, operationName: string, variableValues: Record<string, unknown>): number {
  let points = 0
  const onResult = ({ complexity }: { complexity: number }) => {
    points = complexity
  }
  validate(schema, document, [createComplexityRule({ context: {}, variableValues, operationName, onResult })])
  return points
}

function costIn(operationName: string, variableValues: Record<string, unknown>) {
  return costOf({ schema, document: DOCUMENT, operationName, variableValues, contextValue: {} })
}

const OPERATIONS: [name: string, variables: Record<string, unknown>][] = [
  ['One', { input: EVENT }],
  ['One', { input: { ...EVENT, userId: 'other' } }],
  ['Many', { input: [EVENT] }],
  ['Many', { input: [EVENT, EVENT, EVENT] }],
  ['Many', { input: EVENT }],
  ['Slate', { input: EVENT, slate: { first: 5 } }],
  ['Slate', { input: EVENT, slate: { first: 50 } }],
  ['Two', {}],
]

it('an operation has the cost of the complexity rule, whatever operations and variables came before', () => {
  for (let again = 0; again < 2; again++) {
    for (const [name, variables] of OPERATIONS) {
      const points = pointsOf(DOCUMENT, name, variables)
      expect(points).toBeGreaterThan(0)
      expect(costIn(name, variables)).toMatchObject({ errors: [], points })
    }
  }
})

it('a document whose cost does not depend on variables keeps it', () => {
  const document = parse('mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }')
  const args = { schema, document, contextValue: {} }
  const fields = vi.spyOn(schema.getMutationType()!, 'getFields')
  expect(costOf({ ...args, variableValues: { input: EVENT } })).toMatchObject({ errors: [], points: 301 })
  expect(fields).toHaveBeenCalled()
  fields.mockClear()
  expect(costOf({ ...args, variableValues: { input: { ...EVENT, userId: 'other' } } }).points).toBe(301)
  expect(fields).not.toHaveBeenCalled()
})

it('an operation with wrong variables costs points for each error, and its own points later', () => {
  const document = parse('mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }')
  const args = { schema, document, contextValue: {} }
  expect(costOf({ ...args, variableValues: { input: 7 } }).points).toBe(100)
  expect(costOf({ ...args, variableValues: { input: EVENT } }).points).toBe(301)
})

it('an operation that is too complex is refused each time, with a new error', () => {
  const document = parse(
    'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { results { index eventId status } } } }',
  )
  const args = { schema, document, contextValue: {}, variableValues: { input: new Array(1000).fill(EVENT) } }
  expect(costOf(args).errors).toEqual([])
  const large = parse(`{ ${Array.from({ length: 5 }, (_, n) => `a${n}: users(first: 500) { __typename }`).join(' ')} }`)
  const [[first], [second]] = [1, 2].map(() => costOf({ schema, document: large, contextValue: {} }).errors)
  expect(first.extensions.code).toBe('QUERY_TOO_COMPLEX')
  expect(second.message).toBe(first.message)
  expect(second).not.toBe(first)
})
