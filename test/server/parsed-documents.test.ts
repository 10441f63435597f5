import { parse } from 'graphql'
import { expect, it } from 'vitest'
import { ParsedDocuments } from '../../src/server/parsed-documents.ts'

/** A document of the densest kind: a field every two characters. */
const dense = (number: number) => `query q${number} {${' a'.repeat(1900)}}`

it('keeps no more parsed documents of one caller than 40 MB', () => {
  const documents = new ParsedDocuments()
  for (let number = 0; number < 400; number++)
    for (let time = 0; time < 2; time++) documents.documentCache.set(dense(number), parse(dense(number)))
  expect(150 * documents.documentCache.size).toBeLessThan(40e6)
  expect(documents.has(dense(399))).toBe(true)
  expect(documents.has(dense(0))).toBe(false)
})

it('keeps a document, or its error, from the second time: a stream of new documents filled 180 MB', () => {
  const documents = new ParsedDocuments()
  const document = parse(dense(0))
  for (let number = 0; number < 400; number++) documents.documentCache.set(dense(number), document)
  expect(documents.documentCache.size).toBe(0)
  expect(documents.has(dense(0))).toBe(false)
  documents.documentCache.set(dense(0), document)
  expect(documents.documentCache.get(dense(0))).toBe(document)
  const error = new Error('not a document')
  for (const isKept of [false, true]) {
    documents.errorCache.set('{', error)
    expect(documents.has('{')).toBe(isKept)
  }
})
