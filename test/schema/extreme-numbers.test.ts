import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { readFoldFigures } from '../../src/analysis/fold-figures.ts'
import { failedInvariants } from '../../src/invariant.ts'
import type { Service } from '../../src/service/service.ts'
import { DAY } from '../../src/time-units.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { endpointOf } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'

const RECORD = `mutation ($input: [RecordEventInput!]!) {
  recordEvents(input: { events: $input }) { ... on RecordEventsPayload { results { status error { field } } } }
}`
const UPSERT =
  'mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { ... on UpsertPayload { accepted errors { index field } } } }'
const LISTS = `mutation ($input: [OfflineRecommendationsInput!]!) {
  uploadOfflineRecommendations(input: { lists: $input }) { ... on UpsertPayload { accepted errors { index field } } }
}`
const SLATE = `query ($input: RecommendationsInput!) {
  recommendations(input: $input) { recommendationId items { score item { itemId features { name value } } } }
}`

/** As they stand in JSON: also what no number of a program can hold. */
const extreme = fc.constantFrom(
  ...['0', '-0', '1', '-1', '9.95', '5e-324', '-5e-324', '1e-300', '1e12', '-1e12', '999999999999.9'],
  ...['1000000000001', '-1e13', '1e154', '1e160', '-1e200', '1.7976931348623157e308', '1e309', '-1e400', '1e999'],
)
const isLegal = (json: string) => Math.abs(Number(json)) <= 1e12

/** The text with extreme numbers in place of `"#n"`: JSON.stringify would not write them. */
function asker(service: Service) {
  const yoga = endpointOf(service)
  return async (query: string, variables: unknown = {}, numbers: readonly string[] = []) => {
    const json = JSON.stringify({ query, variables }).replace(/"#(\d+)"/g, (_, at) => numbers[Number(at)])
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const response = await yoga.fetch('http://in.process/graphql', { method: 'POST', headers, body: json })
    return z
      .object({ data: z.unknown().optional(), errors: z.array(z.object({ message: z.string() })).optional() })
      .parse(await response.json())
  }
}

const recorded = z.object({
  recordEvents: z.object({
    results: z.array(z.object({ status: z.string(), error: z.object({ field: z.string() }).nullable() })),
  }),
})
const upserted = (name: string) =>
  z.object({ [name]: z.object({ accepted: z.number(), errors: z.array(z.object({ index: z.number(), field: z.string() })) }) })
const slates = z.object({
  recommendations: z.object({
    recommendationId: z.string(),
    items: z.array(z.object({ item: z.object({ itemId: z.string() }) })),
  }),
})

onEachStoreWhenLong('extreme numbers', (open) => {
  it('out of bounds are refused with their row', async () => {
    const ask = asker(await open({ clock: new SettableClock() }))
    const event = (n: number, eventAttributes: object, rest = {}) => ({
      eventId: `e${n}`,
      userId: 'ann',
      itemId: 'i1',
      eventType: 'view',
      eventAttributes,
      ...rest,
    })
    const wrong: [string, object][] = [
      ['price', { price: '#0' }],
      ['price', { price: '#1' }],
      ['price', { price: '9.95' }],
      ['quantity', { quantity: '#0' }],
      ['quantity', { quantity: [1] }],
      ['value', { value: '#0' }],
      ['value', { value: true }],
      ['position', { position: 0 }],
      ['position', { position: 1.5 }],
      ['position', { position: 10_001 }],
      ['surface', { surface: 7 }],
      ['device', { device: 'x'.repeat(129) }],
      ['locale', { locale: {} }],
      ['query', { query: 'x'.repeat(129) }],
      ['traffic', { traffic: false }],
    ]
    const right = {
      price: 1e12,
      quantity: -1e12,
      value: null,
      position: 10_000,
      surface: 'home',
      device: 'x'.repeat(128),
      other: '#2',
    }
    const input = [event(0, right), ...wrong.map(([, attributes], n) => event(n + 1, attributes)), event(99, {})]
    const { data } = await ask(RECORD, { input }, ['1e13', '1e999', '1e300'])
    const { results } = recorded.parse(data).recordEvents
    expect(results[0].status).toBe('RECORDED')
    expect(results.at(-1)?.status).toBe('RECORDED')
    expect(results.slice(1, -1)).toEqual(
      wrong.map(([name]) => ({ status: 'REJECTED', error: { field: `eventAttributes.${name}` } })),
    )
  })

  it('and wrong types of declared attributes are refused with their row', async () => {
    const ask = asker(await open({ clock: new SettableClock() }))
    const wrong = [{ price: '9.95' }, { price: '#0' }, { price: '#1' }, { category: 7 }, { category: true }, { brand: ['a', 7] }]
    const right = [{ price: 9.95, category: 'shoes', brand: ['a', 'b'] }, { price: null, category: null }, { note: 7 }]
    const input = [...wrong, ...right].map((attributes, n) => ({ itemId: `i${n}`, attributes }))
    const { data } = await ask(UPSERT, { input }, ['1e13', '-1e999'])
    const fields = ['price', 'price', 'price', 'category', 'category', 'brand.1']
    const errors = fields.map((field, index) => ({ index, field: `attributes.${field}` }))
    expect(data).toEqual({ upsertItems: { accepted: right.length, errors } })
  })

  it('within the bounds leave every feature, summary and report finite or missing', { timeout: PROPERTY_MS }, async () => {
    const clock = new SettableClock()
    const step = fc.record({
      userId: fc.constantFrom('ann', 'bob'),
      itemId: fc.constantFrom('i1', 'i2', 'i3'),
      eventType: fc.constantFrom('view', 'click', 'add_to_cart', 'remove_from_cart', 'purchase', 'impression', 'like'),
      attribute: fc.constantFrom('price', 'quantity', 'value'),
      wait: fc.constantFrom(0, 1, 1000, DAY, 40 * DAY),
      inSlate: fc.boolean(),
    })
    const steps = fc.array(step, { minLength: 1, maxLength: 12 })
    // Of the whole process, which other tests share.
    const failedBefore = Object.fromEntries(failedInvariants())
    const property = fc.asyncProperty(steps, fc.array(extreme, { minLength: 24, maxLength: 24 }), async (steps, numbers) => {
      const service = await open({ clock })
      const ask = asker(service)
      const answer = async (query: string, variables: unknown = {}) => {
        const { data, errors } = await ask(query, variables, numbers)
        expect(errors).toBeUndefined()
        return data
      }
      const illegal = (from: number, count: number) =>
        numbers.slice(from, from + count).filter((number) => !isLegal(number)).length
      const items = ['i1', 'i2', 'i3'].map((itemId, n) => ({ itemId, attributes: { price: `#${n}`, category: 'c' } }))
      const { upsertItems } = upserted('upsertItems').parse(await answer(UPSERT, { input: items }))
      expect(upsertItems.errors).toHaveLength(illegal(0, 3))
      await answer(UPSERT, { input: items.map(({ itemId }) => ({ itemId, attributes: { category: 'c' } })) })
      const list = ['i1', 'i2', 'i3'].map((itemId, n) => ({ itemId, score: `#${n + 3}` }))
      const lists = list.map((entry, n) => ({ [n === 0 ? 'userId' : 'segment']: `u${n}`, items: [entry] }))
      const answered = await ask(LISTS, { input: lists }, numbers)
      // GraphQL refuses what is no finite Float before the row is looked at.
      if (!answered.errors) {
        const { uploadOfflineRecommendations } = upserted('uploadOfflineRecommendations').parse(answered.data)
        expect(uploadOfflineRecommendations.errors).toHaveLength(illegal(3, 3))
      }
      for (const [n, { userId, itemId, eventType, attribute, wait, inSlate }] of steps.entries()) {
        clock.advance(wait)
        const { recommendationId } = slates.parse(await answer(SLATE, { input: { userId } })).recommendations
        const event = { eventId: `e${n}`, userId, itemId, eventType, eventAttributes: { [attribute]: `#${n + 6}` } }
        const input = [inSlate ? { ...event, recommendationId } : event]
        const [{ status }] = recorded.parse(await answer(RECORD, { input })).recordEvents.results
        expect(status).toBe(isLegal(numbers[n + 6]) ? 'RECORDED' : 'REJECTED')
      }
      await service.store.settle()
      const names = [...service.accumulators.features.values()]
      for (const entity of ['ITEM', 'USER'] as const) {
        const named = names.filter((feature) => feature.entity === entity && feature.column).map(({ name }) => name)
        await answer(
          'query ($entity: EntityKind!, $names: [String!]!) { featureSummary(entity: $entity, names: $names, bins: 5) { mean stddev min max quantiles { value } histogram { from to } } }',
          { entity, names: named },
        )
      }
      for (const userId of ['ann', 'bob']) {
        await answer(SLATE, { input: { userId } })
        await answer('query ($userId: ID!) { user(userId: $userId) { features { name value breakdown { value } } } }', { userId })
      }
      await answer('{ policyReport { slates conversions valuePerSlate { value low high } } }')
      const figures = await readFoldFigures(service.store)
      expect([figures.poisonedEntries, figures.failedAssertions]).toEqual([0, failedBefore])
      await service.close()
    })
    await checkProperty(property, 12)
  })
})
