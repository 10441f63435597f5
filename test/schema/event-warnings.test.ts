import { expect, it } from 'vitest'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { news } from '../../src/domain/news.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker, openTestService } from '../support/server.ts'

const RECORD_ALL = /* GraphQL */ `
  mutation ($input: [RecordEventInput!]!) {
    recordEvents(input: { events: $input }) { ... on RecordEventsPayload { results { status counted warnings { code message } } } }
  }
`
const RECORD_ONE = /* GraphQL */ `
  mutation ($input: RecordEventInput!) {
    recordEvent(input: $input) { ... on RecordEventPayload { duplicate warnings { code message } } }
  }
`
const [ME, SLATE] = [{ userId: 'me' }, { recommendationId: '00-s' }]

/** Events, and the codes of their warnings with a part of the message. */
const CASES: [event: object, ...warnings: [code: string, message: string][]][] = [
  [{ eventType: 'view', itemId: 'i1' }],
  [{ eventType: 'view', itemId: 'i1', eventAttributes: { surface: 'home', device: 'ios' } }],
  [{ eventType: 'session_start' }],
  [{ eventType: 'view', itemId: 'gone' }],
  [{ eventType: 'of our own' }, ['UNDECLARED_TYPE', 'of our own']],
  [{ eventType: 'veiw', itemId: 'i1' }, ['UNDECLARED_TYPE', 'Did you mean view?']],
  [{ eventType: 'view', itemId: 'nowhere' }, ['UNKNOWN_ITEM', 'itemId is nowhere']],
  [{ eventType: 'impression', ...SLATE, positions: [1, 2] }],
  [{ eventType: 'impression', ...SLATE, positions: [2, 30] }],
  [{ eventType: 'click', ...SLATE, itemId: 'i1' }],
  [{ eventType: 'click', ...SLATE, positions: [1] }],
  [{ eventType: 'impression', itemId: 'i1' }],
  [{ eventType: 'View', itemId: 'i1' }, ['TYPE_DIFFERS_IN_CASE', 'send view']],
  [{ eventType: 'addToCart', itemId: 'i1' }, ['TYPE_DIFFERS_IN_CASE', 'send add_to_cart']],
  [{ eventType: 'add-to cart', itemId: 'i1' }, ['TYPE_DIFFERS_IN_CASE', 'send add_to_cart']],
  [{ eventType: 'view', itemId: 'i1', eventAttributes: { surface: 'hmoe' } }, ['UNDECLARED_SURFACE', 'hmoe']],
  [{ eventType: 'click', itemId: 'i1', recommendationId: '00-other' }, ['UNKNOWN_SLATE', '00-other']],
  [{ eventType: 'click', itemId: 'i1', recommendationId: '00-yours' }, ['UNKNOWN_SLATE', '00-yours']],
  [{ eventType: 'impression', recommendationId: '00-other', positions: [1] }, ['UNKNOWN_SLATE', '00-other']],
  [{ eventType: 'view' }, ['NO_ITEM', 'send itemId']],
  [{ eventType: 'purchase', eventAttributes: { value: 7 } }, ['NO_ITEM', 'purchase']],
  [{ eventType: 'click', ...SLATE }, ['NO_ITEM', 'click']],
  [{ eventType: 'impression' }, ['NO_ITEM', 'impression']],
  [{ eventType: 'impression', ...SLATE }, ['NO_POSITIONS', 'neither positions nor itemId']],
  [{ eventType: 'impression', ...SLATE, positions: [] }, ['NO_POSITIONS', 'neither positions nor itemId']],
  [{ eventType: 'impression', ...SLATE, positions: [3] }, ['NO_POSITIONS', 'none of the 2 items']],
  [
    { eventType: 'PURCHASE', recommendationId: '00-other', eventAttributes: { surface: 'hmoe' } },
    ...([
      ['TYPE_DIFFERS_IN_CASE', 'purchase'],
      ['UNDECLARED_SURFACE', 'home'],
      ['UNKNOWN_SLATE', 'same userId'],
    ] as [string, string][]),
  ],
]

onEachStoreWhenLong('likely mistakes in events', (open) => {
  it('lead to warnings with the event, which is recorded nevertheless, and again with a duplicate', async () => {
    const service = await open()
    const ask = asker(service)
    for (const [recommendationId, userId] of [
      ['00-s', 'me'],
      ['00-yours', 'you'],
    ]) {
      const slate = { userId, surface: 'home', device: 'ios', items: [{ itemId: 'i1' }, { itemId: 'i2' }] }
      await service.store.putSlate({ kind: 'slate', recommendationId, userId, at: Date.now(), slate })
    }
    await service.uploads.upsertItems(['i1', 'i2', 'gone'].map((itemId) => ({ itemId, attributes: {} })))
    await service.uploads.deleteItems(['gone'])
    const input = CASES.map(([event], i) => ({ ...ME, eventId: `e${i}`, ...event }))
    const warnings = CASES.map(([, ...all]) => all.map(([code, part]) => ({ code, message: expect.stringContaining(part) })))
    for (const status of ['RECORDED', 'DUPLICATE']) {
      const { data } = await ask(RECORD_ALL, { input })
      expect(data?.recordEvents).toEqual({ results: warnings.map((of) => ({ status, counted: true, warnings: of })) })
    }
    const { data } = await ask(RECORD_ONE, { input: { ...ME, eventType: 'View', itemId: 'i1', eventId: 'one' } })
    expect(data?.recordEvent).toMatchObject({ duplicate: false, warnings: [{ code: 'TYPE_DIFFERS_IN_CASE' }] })
  })

  it('lead to no warnings about an event that is not stored', async () => {
    const service = await open()
    await service.uploads.upsertUsers([{ userId: 'away', optOut: true, attributes: {} }])
    const input = [
      { userId: 'away', eventType: 'View' },
      { userId: '', eventType: 'View' },
    ]
    const { data } = await asker(service)(RECORD_ALL, { input })
    expect(data?.recordEvents).toEqual({
      results: ['DISCARDED', 'REJECTED'].map((status) => ({ status, counted: false, warnings: [] })),
    })
  })
})

it('names that the service does not know stand once each in the status, the latest 100 of each kind', async () => {
  const service = await openTestService()
  const ask = asker(service)
  const names = async () => (await ask('{ status { undeclaredEventTypes unknownItems } }')).data?.status
  expect(await names()).toEqual({ undeclaredEventTypes: [], unknownItems: [] })
  await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
  const view = { ...ME, eventType: 'view', itemId: 'i1' }
  for (const input of [view, { ...view, eventType: 'View' }, { ...view, itemId: 'nowhere' }, { ...ME, eventType: 'ours' }])
    for (const _ of [1, 2]) await ask(RECORD_ONE, { input })
  expect(await names()).toEqual({ undeclaredEventTypes: ['ours', 'View'], unknownItems: ['nowhere'] })
  const many = Array.from({ length: 101 }, (_, n) => `many${n}`)
  for (const name of many) await service.ingest.record([{ ...view, itemId: name, eventType: name }])
  const latest = many.slice(1).reverse()
  expect(await names()).toEqual({ undeclaredEventTypes: latest, unknownItems: latest })
})

it('the vocabulary lists what a domain declares', async () => {
  for (const domain of [eCommerce, news]) {
    const { data } = await asker(await openTestService({ domain }))(/* GraphQL */ `{
      eventTypes { name role weight goal triggers }
      surfaces { name sources explorationPosition }
      itemAttributes { name kind }
    }`)
    expect(data?.eventTypes).toEqual(
      Object.entries(domain.eventTypes).map(([name, { liked: _, ...meaning }]) => ({
        name,
        ...meaning,
        role: meaning.role.toUpperCase(),
      })),
    )
    expect(data?.surfaces).toMatchObject(domain.surfaces.map((name) => ({ name })))
    expect(data?.itemAttributes).toEqual(
      Object.entries(domain.attributes).map(([name, kind]) => ({ name, kind: kind.toUpperCase() })),
    )
  }
  const { data } = await asker(await openTestService())('{ surfaces { name sources explorationPosition } }')
  expect(data?.surfaces).toContainEqual({
    name: 'home',
    sources: expect.arrayContaining(['trending']),
    explorationPosition: expect.any(Number),
  })
})
