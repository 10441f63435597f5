import { readFileSync } from 'node:fs'
import { buildSchema, findBreakingChanges } from 'graphql'
import { describe, expect, it } from 'vitest'
import { printedSchema } from '../../src/schema/schema.ts'

const committed = readFileSync('schema.graphql', 'utf8')

describe('schema.graphql', () => {
  it('is up to date (npm run schema writes it)', () => {
    expect(printedSchema()).toBe(committed)
  })

  it('makes the operations of the README valid', () => {
    expect(findBreakingChanges(buildSchema(committed), buildSchema(printedSchema()))).toEqual([])
  })
})
