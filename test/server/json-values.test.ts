import * as fc from 'fast-check'
import type { Plugin } from 'graphql-yoga'
import { expect, it, vi } from 'vitest'
import { countedBodies, countValues } from '../../src/server/json-values.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'

function valuesIn(json: unknown): number {
  if (typeof json !== 'object' || json === null) return 0
  const entries = Object.values(json)
  return entries.reduce((sum: number, entry) => sum + valuesIn(entry), entries.length)
}

/** Texts with everything that could be taken for structure. */
const text = fc.oneof(fc.string(), fc.stringMatching(/^[\\",:[\]{} ]*$/))
const json = fc.jsonValue({ maxDepth: 5 })
const withOddTexts = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    text,
    fc.integer(),
    fc.constantFrom(null, true),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value

it(
  'the values in JSON are counted exactly, whatever its strings and white space are',
  () =>
    checkProperty(
      fc.property(fc.oneof(json, withOddTexts), fc.constantFrom('', ' ', '\t', '\r\n  '), (value, space) => {
        const written = JSON.stringify(value, undefined, space)
        expect(countValues(written, Number.POSITIVE_INFINITY)).toBe(valuesIn(JSON.parse(written)))
      }),
      1000,
    ),
  PROPERTY_MS,
)

it('counting stops after the given number, and at the end of an incomplete text', () => {
  expect(countValues(`[${'1,'.repeat(1_000_000)}`, 10)).toBe(11)
  expect(countValues('["\\", 1, 2, 3', 10)).toBe(1)
})

it('others are served between the parsing of a large body and what follows', async () => {
  const text = JSON.stringify({ query: '{ __typename }', variables: { all: new Array(10_000).fill('x') } })
  const request = new Request('http://localhost', {
    method: 'POST',
    body: text,
    headers: { 'content-length': String(text.length) },
  })
  const parsing = { request, requestParser: () => ({}) } as unknown as Parameters<NonNullable<Plugin['onRequestParse']>>[0]
  await countedBodies.onRequestParse?.(parsing)
  const served: string[] = []
  const { parse } = JSON
  vi.spyOn(JSON, 'parse').mockImplementationOnce((json) => {
    // What came in meanwhile is read after the first immediate, and before the second one.
    setImmediate(() => setImmediate(() => served.push('others')))
    return parse(json)
  })
  await request.json()
  expect(served).toEqual(['others'])
})
