import { parse } from 'graphql'
import { expect, it } from 'vitest'
import { ParsedDocuments } from '../../src/server/parsed-documents.ts'

/** A document of the densest kind: a field every two characters. */
const dense = (number: number) => `query q${number} {${' a'.repeat(1900)}}`

it('keeps no more parsed documents of one caller than 40 MB', () => {
  const documents = new ParsedDocuments()
  for (let number = 0; number < 400; number++) documents.documentCache.set(dense(number), parse(dense(number)))
  const bytes = 150 * [...documents.documentCache.keys()].reduce((sum, text) => sum + text.length, 0)
  expect(bytes).toBeLessThan(40e6)
  expect(documents.has(dense(399))).toBe(true)
  expect(documents.has(dense(0))).toBe(false)
})
