import { readFile } from 'node:fs/promises'
import { isObjectType } from 'graphql'
import { expect, it } from 'vitest'
import { CLIENT_CODES, ERROR_CODES } from '../../src/errors.ts'
import { schema } from '../../src/schema/schema.ts'
import { CLOSE_CODES } from '../../src/server/close-codes.ts'
import { MAX_COMPLEXITY } from '../../src/server/operation-cost.ts'
import {
  MAX_ALIAS_CHARACTERS,
  MAX_ALIASES,
  MAX_CHARACTERS,
  MAX_COMPARISONS,
  MAX_DEPTH,
  MAX_DIRECTIVES,
  MAX_LINES,
  MAX_NAME_CHARACTERS,
  MAX_TOKENS,
} from '../../src/server/query-shape-limits.ts'
import { MAX_NESTING, MAX_VALUES } from '../../src/server/variables.ts'
import { WARNING_CODES } from '../../src/slate/slate.ts'

const page = await readFile('docs/reference/errors.md', 'utf8')

/** First and last cells of the tables under a heading, without their heads. */
function rowsUnder(heading: string): { first: string; last: string }[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`docs/reference/errors.md has no section "${heading}".`)
  const lines = section.split('\n')
  return lines
    .filter((line, at) => line.startsWith('| ') && !line.startsWith('| ---') && !lines[at + 1]?.startsWith('| ---'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => ({ first: cells[0].trim().replaceAll('`', ''), last: cells[cells.length - 1].trim() }))
}

const firsts = (heading: string) => rowsUnder(heading).map(({ first }) => first)
const sorted = (values: readonly (string | number)[]) => values.map(String).sort()

it('the page of errors lists every code of a GraphQL error and every type of error, and no other', () => {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Error'),
  )
  const expected = [...Object.keys(CLIENT_CODES), ...types.map(({ name }) => name)]
  expect(sorted(firsts('Codes of errors'))).toEqual(sorted(expected))
})

it('lists every close code, every warning, and every code within the process', () => {
  expect(sorted(firsts('Close codes of a WebSocket'))).toEqual(sorted(Object.values(CLOSE_CODES)))
  expect(sorted(firsts('Warnings of a slate'))).toEqual(sorted(WARNING_CODES))
  const internal = ERROR_CODES.filter((code) => !Object.hasOwn(CLIENT_CODES, code))
  expect(sorted(firsts('Exit codes'))).toEqual(sorted([0, 1, 2, 78, ...internal]))
})

it('states the limits that the code has', () => {
  const limits = rowsUnder('Limits of an operation').map(({ last }) => Number(last.replaceAll(',', '')))
  const ofNames = [MAX_ALIASES, MAX_ALIAS_CHARACTERS, MAX_NAME_CHARACTERS]
  const ofShape = [MAX_CHARACTERS, MAX_TOKENS, MAX_LINES, MAX_DEPTH, ...ofNames, MAX_DIRECTIVES, MAX_COMPARISONS]
  expect(limits).toEqual([...ofShape, MAX_VALUES, MAX_NESTING, MAX_COMPLEXITY])
})
