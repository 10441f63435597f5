import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { printedSchema } from '../../src/schema/schema.ts'
import { breakingChanges } from './breaking-changes.ts'

const WHAT_TO_DO = `The schema breaks clients of the last release (schemas/released.graphql).
Keep what they use, mark it with deprecationReason, and add the new form beside it. You may remove it after a release that has it as
deprecated. See "Release" in CONTRIBUTING.md.`

/**
 * Changes that break clients and are accepted, since a role that may not read the field gets null for it, and no longer for the whole
 * answer. Take the list away when the schema is released again.
 */
const ACCEPTED: readonly string[] = [
  "Query.eventTypes: Field 'Query.eventTypes' changed type from '[EventType!]!' to '[EventType!]'",
  "Query.itemAttributes: Field 'Query.itemAttributes' changed type from '[ItemAttribute!]!' to '[ItemAttribute!]'",
  "Query.surfaces: Field 'Query.surfaces' changed type from '[Surface!]!' to '[Surface!]'",
  "ScoredItem.score: Field 'ScoredItem.score' changed type from 'Float!' to 'Float'",
]

it('no change breaks a client of the last release without a deprecation first', async () => {
  const broken = await breakingChanges(readFileSync('schemas/released.graphql', 'utf8'), printedSchema())
  expect(broken.toSorted(), WHAT_TO_DO).toEqual(ACCEPTED)
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
