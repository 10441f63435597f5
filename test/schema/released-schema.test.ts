import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { printedSchema } from '../../src/schema/schema.ts'
import { breakingChanges } from './breaking-changes.ts'

const WHAT_TO_DO = `The schema breaks clients of schemas/released.graphql. Before version 1.0, write into CHANGELOG.md how to change them,
and run npm run release-schema. From 1.0 on, keep what they use, mark it with deprecationReason, and add the new form beside it.
See "Change the API, and release" in CONTRIBUTING.md.`

it('no change breaks a client of the last release without a deprecation first', async () => {
  const broken = await breakingChanges(readFileSync('schemas/released.graphql', 'utf8'), printedSchema())
  expect(broken, WHAT_TO_DO).toEqual([])
})

const RELEASED = /* GraphQL */ `
  type Query {
    item(id: ID!, old: Int @deprecated(reason: "Unused.")): Item
    before: Int @deprecated(reason: "Use item.")
  }
  type Item { name: String! kind: Kind! }
  enum Kind { BOOK OLD @deprecated(reason: "Use BOOK.") }
  input Choice { a: Int b: Int old: Int @deprecated(reason: "Use a.") }
  type Mutation { choose(input: Choice!): Int }
`

const changed = (...replaced: [from: string, to: string][]) =>
  replaced.reduce((text, [from, to]) => {
    expect(text).toContain(from)
    return text.replace(from, to)
  }, RELEASED)

describe('a change of the schema', () => {
  it.each<[string, ...[string, string][]]>([
    ['removes a field', ['name: String! ', '']],
    ['lets a field be null', ['name: String!', 'name: String']],
    ['removes an argument', ['id: ID!, ', '']],
    ['requires a new argument', ['id: ID!', 'id: ID!, locale: String!']],
    ['requires a new input field', ['a: Int b', 'a: Int c: Int! b']],
    ['removes an enum value', ['BOOK', 'FILM']],
    ['removes an input field', ['b: Int ', '']],
    ['allows one input field only', ['input Choice', 'input Choice @oneOf']],
  ])('that %s breaks clients', async (_, ...replaced) => {
    expect(await breakingChanges(RELEASED, changed(...replaced))).not.toEqual([])
  })

  it('that removes a deprecated field, or adds something, breaks no client', async () => {
    const current = changed(
      ['before: Int @deprecated(reason: "Use item.")', 'after: Int'],
      [' OLD @deprecated(reason: "Use BOOK.")', ' FILM'],
      [' old: Int @deprecated(reason: "Use a.") }', ' c: Int }'],
      ['id: ID!', 'id: ID!, locale: String'],
    )
    expect(await breakingChanges(RELEASED, current)).toEqual([])
    expect(await breakingChanges(RELEASED, RELEASED)).toEqual([])
  })
})
