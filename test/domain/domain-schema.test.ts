import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { printedDomainSchema } from '../../src/domain/domain-json-schema.ts'

const committed = readFileSync('schemas/domain.schema.json', 'utf8')

it('schemas/domain.schema.json is up to date (npm run domain-schema writes it)', () => {
  expect(printedDomainSchema()).toBe(committed)
})

it('tells an editor which keys and values a domain file may have', () => {
  const schema = z.fromJSONSchema(JSON.parse(committed))
  const reads = (definition: object) => schema.safeParse(definition).success
  expect(reads({ extends: 'news', sources: { new: 4, favourites: { attributes: ['topic'] }, offline: null } })).toBe(true)
  expect(reads({ expiry: { item: '7d' }, surfaces: { home: { fading: false } }, accumulators: { item_goals: true } })).toBe(true)
  for (const wrong of [
    { extends: 'newz' },
    { eventTypes: { like: { wieght: 1 } } },
    { sources: { tranding: 4 } },
    { sources: { new: [4] } },
    { accumulators: { item_gaols: true } },
    { expiry: { item: 'a week' } },
  ])
    expect(reads(wrong)).toBe(false)
})
