import { expect, it } from 'vitest'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { asker, openTestService } from '../support/server.ts'
import { guideReader } from './guide-reader.ts'

it('the guides on the shop of First steps give the described answers if they are read one after the other', async () => {
  const read = guideReader(await openTestService({ domain: eCommerce }))

  const [uploaded, recorded, slate, known] = await read('docs/guides/first-steps.md')
  expect(uploaded).toEqual({ upsertItems: { accepted: 3, rejected: 0, errors: [] } })
  expect(recorded).toMatchObject({ recordEvent: { __typename: 'RecordEventPayload', duplicate: false } })
  expect(slate).toMatchObject({ recommendations: { items: [{ position: 1 }, { position: 2 }] } })
  expect(JSON.stringify(slate)).not.toContain('mug-1')
  expect(known).toMatchObject({
    user: { features: [{ value: 1 }, { value: null, breakdown: [{ key: 'mugs', value: 1 }] }] },
  })

  const [sent, , seen, merged] = await read('docs/guides/send-events.md')
  expect(sent).toMatchObject({ recordEvents: { recorded: 1, results: [{ status: 'RECORDED', counted: true }] } })
  expect(seen).toEqual({ recordEvent: { __typename: 'RecordEventPayload' } })
  expect(merged).toMatchObject({ mergeUsers: { merged: true, user: { userId: 'ana' } } })

  const [set, listed, removed, preview] = await read('docs/guides/rules-for-merchandisers.md')
  const stored = { surface: { name: 'home' }, rules: expect.objectContaining({ exclude: ['mug-9'] }) }
  expect(set).toEqual({ setRules: { standing: stored } })
  expect(listed).toMatchObject({ standingRules: { edges: [{ node: stored }] } })
  expect(removed).toEqual({ removeRules: { removed: { rules: stored.rules } } })
  const top = expect.objectContaining({ position: 1, item: { itemId: 'mug-1' } })
  expect(preview).toMatchObject({
    recommendations: { items: expect.arrayContaining([top]), warnings: [{ code: 'TOO_FEW_ITEMS' }] },
  })

  const [copy, erasure, optOut, consent] = await read('docs/guides/rights-of-people.md')
  expect(copy).toMatchObject({ exportUser: { userIds: ['ana', 'anonymous-17'], complete: true } })
  expect(erasure).toMatchObject({ eraseUser: { lingering: [{ kind: 'EVENT_ID_HASHES' }] } })
  expect([optOut, consent]).toEqual(Array(2).fill({ upsertUsers: { accepted: 1, errors: [] } }))
})

it('the guide for analysts finds the user whose segment it uploads, and names a quantile that the answer has', async () => {
  const service = await openTestService({ domain: eCommerce })
  await service.uploads.upsertItems([{ itemId: 'i1', attributes: { brand: 'Lux' } }])
  const eventTypes = ['impression', 'click', 'view', 'view', 'view', 'view', 'view']
  const events = eventTypes.map((eventType) => ({ userId: 'shopper-00134', itemId: 'i1', eventType }))
  await asker(service)('mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { __typename } }', {
    input: events,
  })
  await service.store.settle()
  const [features, distribution, , found, explained] = await guideReader(service)('docs/guides/queries-for-analysts.md')
  expect(JSON.stringify(features)).toContain('item_ctr_7d')
  expect(distribution).toMatchObject({
    attributeFeatures: [{ value: 'Lux' }],
    featureSummary: [{ quantiles: expect.arrayContaining([{ quantile: 0.05, value: expect.any(Number) }]) }],
  })
  expect(found).toMatchObject({
    users: { totalCount: 1, edges: [{ node: { userId: 'shopper-00134', attributes: { segment: 'loyal' } } }] },
  })
  expect(explained).toEqual({ slate: null })
})
