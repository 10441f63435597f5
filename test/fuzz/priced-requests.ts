import * as fc from 'fast-check'
import { parse } from 'graphql'
import { encodeNodeId } from '../../src/schema/node-id.ts'
import { schema } from '../../src/schema/schema.ts'
import { type Operation, operations } from './operations.ts'
import { ITEMS, USERS } from './vocabulary.ts'

/** An operation as the search for cheap operations sends it: as it was generated, or changed. Placeholders of learned texts are in it. */
export interface PricedRequest {
  /** `listed`: to a server that knows the document, as the hash of it. */
  readonly way: 'http' | 'socket' | 'listed'
  readonly document: string
  /** A JSON object, if nothing is wrong with it. */
  readonly variables: string
  /** Which part of the message is sent, for a message that is cut off. */
  readonly part: number
}

type Change = (operation: Operation) => PricedRequest

const asItIs: Change = ({ type, document, variables }) => ({
  way: type === 'subscription' ? 'socket' : 'http',
  document,
  variables,
  part: 1,
})

/** The fields of the root so many times, under other aliases. */
const repeated = (times: number): Change => {
  return (operation) => {
    const { document } = operation
    const [start, end] = [document.indexOf('{') + 1, document.lastIndexOf('}')]
    const inside = document.slice(start, end)
    const all = Array.from({ length: times }, (_, n) => inside.replaceAll(/_(\d+):/g, `_$1x${n}:`))
    return { ...asItIs(operation), document: `${document.slice(0, start)}${all.join(' ')}${document.slice(end)}` }
  }
}

const unknownFields = (times: number): Change => {
  return (operation) => {
    const fields = Array.from({ length: times }, (_, n) => `unknown${n}`).join(' ')
    return { ...asItIs(operation), document: operation.document.replace('{', `{ ${fields} `) }
  }
}

/** All variables have one value, of another type than most of them want. */
const wrongVariables = (value: string): Change => {
  return (operation) => {
    const names = new Set(operation.document.match(/(?<=\$)v\d+/g))
    return { ...asItIs(operation), variables: `{${[...names].map((name) => `"${name}":${value}`).join()}}` }
  }
}

const cutOff = (part: number): Change => {
  return (operation) => ({ ...asItIs(operation), part })
}

const listed: Change = (operation) => {
  const request = asItIs(operation)
  return request.way === 'http' && parses(request.document) ? { ...request, way: 'listed' } : request
}

const many = fc.constantFrom(3, 30, 300, 3000, 25_000)
const wrongValues: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('7', 'null', '""', '[]', '{}', '[[[[[[[[]]]]]]]]'),
  many.map((times) => `[${new Array(times).fill('{}').join()}]`),
  many.map((times) => `[${new Array(times).fill('0').join()}]`),
  many.map((times) => `{${Array.from({ length: times }, (_, n) => `"unknown${n}":${n}`).join()}}`),
  many.map((length) => `"${'x'.repeat(length)}"`),
)

const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: fc.constant(asItIs) },
  { weight: 2, arbitrary: fc.constantFrom(2, 5, 20, 100).map(repeated) },
  { weight: 2, arbitrary: fc.constant(listed) },
  { weight: 2, arbitrary: wrongValues.map(wrongVariables) },
  { weight: 1, arbitrary: fc.constantFrom(1, 30, 300).map(unknownFields) },
  { weight: 1, arbitrary: fc.constantFrom(0.3, 0.7, 0.99).map(cutOff) },
)

/** Random requests by the schema: as they are, repeated, as hashes, and malformed. */
export const pricedRequests: fc.Arbitrary<PricedRequest> = fc
  .tuple(operations(schema), changes)
  .map(([operation, change]) => change(operation))

/** Whether the request may erase persons. */
export const erases = ({ document }: PricedRequest) => document.includes('eraseUser(')

/** Replaces the users and items of the vocabulary by those that these functions name. */
export function renamed(text: string, userOf: (n: number) => string, itemOf: (n: number) => string): string {
  const nodes = [
    ...USERS.map((id, n) => [encodeNodeId('User', id), encodeNodeId('User', userOf(n))]),
    ...ITEMS.map((id, n) => [encodeNodeId('Item', id), encodeNodeId('Item', itemOf(n))]),
  ]
  return nodes
    .reduce((changed, [before, after]) => changed.replaceAll(`"${before}"`, `"${after}"`), text)
    .replaceAll(/"u(\d+)"/g, (_, n) => `"${userOf(Number(n))}"`)
    .replaceAll(/"i(\d+)"/g, (_, n) => `"${itemOf(Number(n))}"`)
}

function parses(document: string): boolean {
  try {
    parse(document)
    return true
  } catch {
    return false
  }
}
