import { describe, expect, it } from 'vitest'
import { printedSchema, schema } from '../../src/schema/schema.ts'
import { asker, openTestService } from '../support/server.ts'

const ITEMS = 'query ($filter: ItemFilter, $orderBy: ItemOrder) { items(filter: $filter, orderBy: $orderBy) { totalCount } }'
const UPLOAD = /* GraphQL */ `
  mutation ($owner: OfflineListOwner!) {
    uploadOfflineRecommendations(input: { lists: [{ owner: $owner, items: [] }] }) { ... on UpsertPayload { accepted } }
  }
`
const brand = { attribute: { name: 'brand', eq: 'Lux' } }
const views = { feature: { name: 'item_views', gte: 1 } }

describe('an input that takes exactly one of its fields', () => {
  it.each(['ItemFilter', 'ItemOrder', 'OfflineListOwner'])('is marked in the schema: %s', (name) => {
    expect(schema.getType(name)).toMatchObject({ isOneOf: true })
    expect(printedSchema()).toContain(`input ${name} @oneOf {`)
  })

  it.each<[string, object]>([
    [ITEMS, { filter: {} }],
    [ITEMS, { filter: { ...brand, ...views } }],
    [ITEMS, { filter: { and: [brand, { ...brand, not: views }] } }],
    [ITEMS, { filter: { ...brand, not: null } }],
    [ITEMS, { orderBy: {} }],
    [ITEMS, { orderBy: { attribute: 'brand', feature: 'item_views' } }],
    [ITEMS, { orderBy: { attribute: null } }],
    [UPLOAD, { owner: {} }],
    [UPLOAD, { owner: { userId: 'u', segment: 's' } }],
  ])('is refused without a field, with two and with null, before anything is done (%#)', async (query, variables) => {
    const ask = asker(await openTestService())
    const { data, errors } = await ask(query, { ...variables })
    expect(data).toBeUndefined()
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })

  it('is refused in a document too', async () => {
    const ask = asker(await openTestService())
    const { errors } = await ask('{ items(orderBy: { attribute: "brand", feature: "item_views" }) { totalCount } }')
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }])
  })

  it('joins filters with and', async () => {
    const ask = asker(await openTestService())
    expect(await ask(ITEMS, { filter: { and: [brand, views, { and: [] }] } })).toEqual({ data: { items: { totalCount: 0 } } })
  })
})
