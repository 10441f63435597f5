import { readFileSync } from 'node:fs'
import { buildSchema, findBreakingChanges } from 'graphql'
import { describe, expect, it } from 'vitest'
import { printedSchema } from '../../src/schema/schema.ts'

const committed = readFileSync('schema.graphql', 'utf8')

describe('schema.graphql', () => {
  it('is what the code says (npm run schema prints it anew)', () => {
    expect(printedSchema()).toBe(committed)
  })

  it('describes the operations of the README as valid', () => {
    expect(findBreakingChanges(buildSchema(committed), buildSchema(printedSchema()))).toEqual([])
  })
})
