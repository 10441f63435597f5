import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker } from '../support/server.ts'
import { SettableClock, START } from '../support/settable-clock.ts'

const SUMMARY = /* GraphQL */ `
  query ($entity: EntityKind!, $names: [String!]!, $bins: Int! = 2) {
    featureSummary(entity: $entity, names: $names, bins: $bins) {
      name sampleSize asOf count missing mean stddev min max
      quantiles { quantile value } histogram { from to count }
    }
  }
`
const ATTRIBUTES = /* GraphQL */ `
  query ($attribute: String!, $values: [String!], $names: [String!], $orderBy: String, $first: Int! = 20) {
    attributeFeatures(attribute: $attribute, values: $values, names: $names, orderBy: $orderBy, first: $first) {
      attribute value features { name value breakdown { key value } }
    }
  }
`

const rows = z.array(
  z.object({
    value: z.string().optional(),
    features: z.array(z.object({ name: z.string(), value: z.number().nullable() })),
  }),
)

onEachStoreWhenLong('summaries of features', (open) => {
  const openShop = async () => {
    const service = await open({ clock: new SettableClock() })
    await service.uploads.upsertItems([
      { itemId: 'i1', attributes: { brand: 'acme', price: 10 } },
      { itemId: 'i2', attributes: { brand: 'bolt', price: 30 } },
      { itemId: 'i3', attributes: { brand: 'crate' } },
    ])
    await service.ingest.record([
      ...['i1', 'i2', 'i2'].map((itemId) => ({ userId: 'ann', itemId, eventType: 'view' })),
      { userId: 'bob', itemId: 'i2', eventType: 'view', eventAttributes: { surface: 'home' } },
      { userId: 'bob', itemId: 'i1', eventType: 'impression', eventAttributes: { surface: 'home', position: 3 } },
    ])
    await service.store.settle()
    return asker(service)
  }

  it('are summarised over items: exactly if there are few items', async () => {
    const ask = await openShop()
    const { data, errors } = await ask(SUMMARY, { entity: 'ITEM', names: ['item_price', 'item_views'] })
    expect(errors).toBeUndefined()
    const asOf = new Date(START).toISOString()
    const quantile = (value: number) => ({ quantile: 0.5, value })
    expect(data?.featureSummary).toEqual([
      {
        ...{ name: 'item_price', asOf, sampleSize: 3, count: 2, missing: 1, mean: 20, stddev: 10, min: 10, max: 30 },
        quantiles: expect.arrayContaining([quantile(20)]),
        histogram: [
          { from: 10, to: 20, count: 1 },
          { from: 20, to: 30, count: 1 },
        ],
      },
      {
        ...{ name: 'item_views', asOf, sampleSize: 3, count: 3, missing: 0, mean: expect.closeTo(4 / 3, 12) },
        ...{ stddev: expect.closeTo(Math.sqrt(14 / 9), 12), min: 0, max: 3 },
        quantiles: expect.arrayContaining([quantile(1)]),
        histogram: [
          { from: 0, to: 1.5, count: 2 },
          { from: 1.5, to: 3, count: 1 },
        ],
      },
    ])
  })

  it('leave out extreme prices, which old stores can contain', async () => {
    const service = await open({ clock: new SettableClock() })
    const prices = [1e308, -1e308, 1e200, 20, 40]
    for (const [n, price] of prices.entries()) {
      const now = service.clock.now()
      service.catalogue.set(`i${n}`, { attributes: { price }, available: true, updatedAt: now, addedAt: now, deleted: false })
    }
    const { data, errors } = await asker(service)(SUMMARY, { entity: 'ITEM', names: ['item_price'] })
    expect(errors).toBeUndefined()
    expect(data?.featureSummary).toMatchObject([{ count: 2, missing: 3, mean: 30, stddev: 10, min: 20, max: 40 }])
  })

  it('are summarised over users and over values of an attribute', async () => {
    const ask = await openShop()
    expect(
      (await ask(SUMMARY, { entity: 'USER', names: ['user_events', 'user_price_mean'] })).data?.featureSummary,
    ).toMatchObject([
      { name: 'user_events', sampleSize: 2, count: 2, missing: 0, mean: 2, min: 1, max: 3 },
      { name: 'user_price_mean', sampleSize: 2, count: 2, max: expect.closeTo(30, 9) },
    ])
    const names = ['brand_views_7d', 'position_impressions_7d']
    const { data } = await ask(SUMMARY, { entity: 'ATTRIBUTE', names })
    expect(data?.featureSummary).toMatchObject([
      { name: 'brand_views_7d', sampleSize: 3, count: 2, missing: 1, mean: expect.closeTo(2, 9), max: expect.closeTo(3, 9) },
      { name: 'position_impressions_7d', count: 1, mean: expect.closeTo(1, 9) },
    ])
  })

  it('are refused with a sentence if their name is unknown', async () => {
    const ask = await openShop()
    for (const [variables, message] of [
      [{ entity: 'SESSION', names: ['session_length'] }, 'entity is SESSION: pass USER, ITEM or ATTRIBUTE.'],
      [{ entity: 'ITEM', names: ['user_events'] }, 'user_events is a feature of USER, not of ITEM.'],
      [{ entity: 'ITEM', names: ['nonsense'] }, 'Unknown feature nonsense: use a name that the query accumulators lists.'],
      [{ entity: 'USER', names: ['user_category_share'] }, 'user_category_share is a breakdown'],
      [{ entity: 'ITEM', names: [], bins: 0 }, 'bins is 0: use a value from 1 to 200.'],
      [{ entity: 'ITEM', names: new Array(51).fill('item_price') }, 'names has 51 entries; at most 50 are allowed.'],
    ] as const) {
      const { data, errors } = await ask(SUMMARY, variables)
      expect(data).toEqual({ featureSummary: null })
      expect(errors).toMatchObject([{ message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } }])
    }
  })

  it('are given for the named values, in the requested order, with nulls for an unknown value', async () => {
    const ask = await openShop()
    const row = (value: string, views: number | null) => ({
      ...{ attribute: 'brand', value },
      features: [{ name: 'brand_views_7d', value: views === null ? null : expect.closeTo(views, 9), breakdown: null }],
    })
    const variables = { attribute: 'brand', names: ['brand_views_7d'] }
    expect(await ask(ATTRIBUTES, { ...variables, values: ['bolt', 'nobody', 'acme', 'bolt'] })).toEqual({
      data: { attributeFeatures: [row('bolt', 3), row('nobody', null), row('acme', 1), row('bolt', 3)] },
    })
    expect(await ask(ATTRIBUTES, { ...variables, values: [] })).toEqual({ data: { attributeFeatures: [] } })
  })

  it('are given for the values with the highest figures, and missing figures come last', async () => {
    const ask = await openShop()
    const order = async (variables: object) => {
      const { data, errors } = await ask(ATTRIBUTES, { attribute: 'brand', names: [], ...variables })
      expect(errors).toBeUndefined()
      return rows.parse(data?.attributeFeatures).map(({ value }) => value)
    }
    expect(await order({})).toEqual(['bolt', 'acme', 'crate'])
    expect(await order({ orderBy: 'brand_impressions_7d' })).toEqual(['acme', 'bolt', 'crate'])
    expect(await order({ orderBy: 'brand_views_7d', first: 1 })).toEqual(['bolt'])
    expect(await order({ attribute: 'surface', first: 1 })).toEqual(['home'])
    expect(await order({ attribute: 'position', first: 1 })).toEqual(['home#3'])
  })

  it('of an attribute include all of its features if none are named', async () => {
    const ask = await openShop()
    const { data } = await ask(ATTRIBUTES, { attribute: 'brand', values: ['acme'] })
    const [{ features }] = rows.parse(data?.attributeFeatures)
    expect(features.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['brand_popularity_1d', 'brand_popularity_7d', 'brand_ctr_7d', 'brand_coec_7d', 'brand_views_7d']),
    )
    expect(features.every(({ name }) => name.startsWith('brand_'))).toBe(true)
    expect(features.find(({ name }) => name === 'brand_views_7d')?.value).toBeCloseTo(1, 9)
  })

  it('of an attribute are refused with a sentence if their name is unknown', async () => {
    const ask = await openShop()
    for (const [variables, message] of [
      [{ attribute: 'price' }, 'No features are kept by price. Use one of position, category, brand, surface.'],
      [{ attribute: 'brand', names: ['category_ctr_7d'] }, 'category_ctr_7d is not a feature of the values of brand:'],
      [{ attribute: 'brand', orderBy: 'item_views' }, 'item_views is a feature of ITEM, not of ATTRIBUTE.'],
      [
        { attribute: 'brand', values: ['a'], orderBy: 'nonsense' },
        'Unknown feature nonsense: use a name that the query accumulators lists.',
      ],
      [{ attribute: 'brand', first: 501 }, 'first is 501: use a value from 0 to 500.'],
      [{ attribute: 'brand', values: new Array(501).fill('a') }, 'values has 501 entries; at most 500 are allowed.'],
    ] as const) {
      const { data, errors } = await ask(ATTRIBUTES, variables)
      expect(data).toEqual({ attributeFeatures: null })
      expect(errors).toMatchObject([{ message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } }])
    }
  })
})

describe('features of an item', () => {
  onEachStoreWhenLong('if none are named', (open) => {
    it('exclude those that only an attribute has', async () => {
      const service = await open()
      await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
      const { data } = await asker(service)('{ itemFeatures(itemIds: ["i1"]) { features { name value } } }')
      const [{ features }] = rows.parse(data?.itemFeatures)
      expect(features).toContainEqual({ name: 'surface_ctr_7d', value: null })
      expect(features).not.toContainEqual({ name: 'position_ctr_7d', value: null })
    })
  })
})
