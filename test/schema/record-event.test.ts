import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { UnavailableError } from '../../src/errors.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import type { Service } from '../../src/service/service.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker, openTestService } from '../support/server.ts'
import { SettableClock, START } from '../support/settable-clock.ts'
import { itemIds, RECOMMEND, RECORD, RECORD_AND_RERANK, recordedOf, slateOf } from '../support/slate-answer.ts'

const RECORD_ALL = /* GraphQL */ `
  mutation ($input: [RecordEventInput!]!) {
    recordEvents(input: { events: $input }) {
      ... on RecordEventsPayload {
        recorded duplicates rejected unavailable
        results { index eventId status userVersion error { __typename message field } }
      }
      ... on Error { code field }
    }
  }
`
const FULL = /* GraphQL */ `
  mutation ($input: RecordEventInput!) {
    recordEvent(input: $input) {
      ... on RecordEventPayload {
        event {
          eventId userId itemId eventType eventAttributes timestamp sessionId recommendationId
          item { itemId attribute(name: "title") }
        }
      }
    }
  }
`
const FEATURES = 'query ($names: [String!]!) { item(itemId: "i1") { features(names: $names) { name value } } }'

const inUtc = (at: number) => new Date(at).toISOString()

const view: EventInput = { eventId: 'e1', userId: 'me', itemId: 'i1', eventType: 'view' }

async function openShop(items = ['i1', 'i2', 'i3']): Promise<{ service: Service; ask: ReturnType<typeof asker> }> {
  const service = await openTestService({ clock: new SettableClock() })
  await service.uploads.upsertItems(items.map((itemId) => ({ itemId, attributes: { title: `Item ${itemId}` } })))
  return { service, ask: asker(service) }
}

describe('recordEvent', () => {
  it('answers with the event as sent, and with the fields that the server filled in', async () => {
    const { ask } = await openShop()
    const sent = { ...view, eventAttributes: { price: 19.5, list: [1, null] }, sessionId: 's1', recommendationId: 'r0' }
    const recorded = (input: object) => ({ data: { recordEvent: { event: input } } })
    expect(await ask(FULL, { input: { ...sent, timestamp: START - 1000 } })).toEqual(
      recorded({ ...sent, timestamp: inUtc(START - 1000), item: { itemId: 'i1', attribute: 'Item i1' } }),
    )
    expect(await ask(FULL, { input: { userId: 'me', eventType: 'search' } })).toEqual(
      recorded({
        eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        userId: 'me',
        itemId: null,
        eventType: 'search',
        eventAttributes: null,
        timestamp: inUtc(START),
        sessionId: null,
        recommendationId: null,
        item: null,
      }),
    )
    const unknown = await ask(FULL, { input: { ...view, eventId: 'e2', itemId: 'nobody-knows' } })
    expect(unknown).toMatchObject(recorded({ itemId: 'nobody-knows', item: null }))
  })

  it('accepts a time beyond 32 bits, in the query or as a variable', async () => {
    const { ask } = await openShop()
    const query = `mutation { recordEvent(input: { userId: "me", eventType: "view", timestamp: ${START} }) {
      ... on RecordEventPayload { event { timestamp } } } }`
    expect(await ask(query)).toEqual({ data: { recordEvent: { event: { timestamp: inUtc(START) } } } })
    expect(recordedOf(await ask(RECORD, { input: { ...view, timestamp: null } })).duplicate).toBe(false)
  })

  it('counts an event id once per user, whatever the other fields are', async () => {
    const { ask } = await openShop()
    const first = recordedOf(await ask(RECORD, { input: view }))
    expect(first).toMatchObject({ duplicate: false, event: { eventId: 'e1' } })
    const again = recordedOf(await ask(RECORD, { input: { ...view, itemId: 'i2', eventType: 'purchase' } }))
    expect(again).toMatchObject({ duplicate: true, userVersion: first.userVersion })
    const other = recordedOf(await ask(RECORD, { input: { ...view, userId: 'you' } }))
    expect(other.duplicate).toBe(false)
    expect(await ask('{ item(itemId: "i1") { feature(name: "item_views") } }')).toEqual({ data: { item: { feature: 2 } } })
    expect(await ask('{ item(itemId: "i2") { feature(name: "item_purchases") } }')).toEqual({ data: { item: { feature: 0 } } })
  })

  it.each([
    [{ userId: '' }, 'userId'],
    [{ eventType: 'x'.repeat(129) }, 'eventType'],
    [{ itemId: 'a\u0000b' }, 'itemId'],
    [{ eventId: '' }, 'eventId'],
    [{ sessionId: '\n' }, 'sessionId'],
    [{ eventAttributes: { deep: [[[[[1]]]]] } }, 'eventAttributes.deep.0.0.0.0.0'],
    [{ eventAttributes: { text: 'x'.repeat(9000) } }, 'eventAttributes'],
    [{ timestamp: START + 10 * 60_000 }, 'timestamp'],
    [{ timestamp: -1 }, 'timestamp'],
    [{ timestamp: '1738576800000' }, 'timestamp'],
    [{ eventAttributes: 'home' }, 'eventAttributes'],
    [{ positions: [1] }, 'positions'],
    [{ positions: [1, 0], recommendationId: 'r0' }, 'positions.1'],
  ])('answers wrong input with an error in the data that names the field (%#)', async (wrong, field) => {
    const { service, ask } = await openShop()
    expect(await ask(RECORD, { input: { ...view, ...wrong } })).toEqual({
      data: { recordEvent: { __typename: 'InvalidInputError', message: expect.stringMatching(/^\S/), field } },
    })
    expect(await service.store.readValues([{ kind: 'user', id: 'me' }])).toEqual([undefined])
  })

  it('returns the slate after the event in the same answer, with ten items by default', async () => {
    const { ask } = await openShop(Array.from({ length: 12 }, (_, i) => `i${i}`))
    const recorded = recordedOf(await ask(RECORD_AND_RERANK, { input: view }))
    expect(recorded.recommendations).toMatchObject({
      userId: 'me',
      version: recorded.userVersion,
      trigger: 'EVENT',
      latestEventId: 'e1',
      changed: true,
    })
    expect(recorded.recommendations?.items).toHaveLength(10)
    const slate = { first: 2, surface: 'item_page', anchorItemIds: ['i1'], rules: { exclude: ['i2'] } }
    const asked = recordedOf(await ask(RECORD_AND_RERANK, { input: { ...view, eventId: 'e2' }, slate })).recommendations
    expect(asked?.surface).toBe('item_page')
    expect(asked && itemIds(asked)).toHaveLength(2)
    expect(asked && itemIds(asked)).not.toContain('i1')
    expect(asked && itemIds(asked)).not.toContain('i2')
  })

  it.each([
    ['the store does not answer', new UnavailableError('Send it again.'), 'UNAVAILABLE'],
    ['ranking has a defect', new TypeError('secret'), 'INTERNAL_SERVER_ERROR'],
  ])('records the event even if %s for the slate', async (_, error, code) => {
    const { service, ask } = await openShop()
    vi.spyOn(service.recommender, 'recommend').mockRejectedValueOnce(error)
    const { data, errors } = await ask(RECORD_AND_RERANK, { input: view })
    expect(data).toMatchObject({ recordEvent: { __typename: 'RecordEventPayload', duplicate: false, recommendations: null } })
    expect(errors).toMatchObject([{ path: ['recordEvent', 'recommendations'], extensions: { code } }])
    expect(JSON.stringify(errors)).not.toContain('secret')
    expect(recordedOf(await ask(RECORD, { input: view })).duplicate).toBe(true)
  })

  it('records the event even if the requested slate cannot be served', async () => {
    const { ask } = await openShop()
    const { data, errors } = await ask(RECORD_AND_RERANK, { input: view, slate: { first: 0 } })
    expect(data).toMatchObject({ recordEvent: { duplicate: false, recommendations: null } })
    expect(errors).toMatchObject([
      { message: 'first is 0: use a value from 1 to 100.', path: ['recordEvent', 'recommendations'] },
    ])
  })

  it('fails with UNAVAILABLE, and records nothing, if the store does not answer', async () => {
    const { service, ask } = await openShop()
    vi.spyOn(service.store, 'swap').mockRejectedValueOnce(new UnavailableError('Send it again.'))
    expect(await ask(RECORD, { input: view })).toEqual({
      data: { recordEvent: null },
      errors: [{ message: 'Send it again.', path: ['recordEvent'], extensions: { code: 'UNAVAILABLE' } }],
    })
    expect(recordedOf(await ask(RECORD, { input: view })).duplicate).toBe(false)
  })
})

describe('recordEvents', () => {
  it('gives the outcome of each event, in the given order', async () => {
    const { ask } = await openShop()
    const { userVersion } = recordedOf(await ask(RECORD, { input: view }))
    const input = [
      { ...view, eventId: 'e2' },
      { ...view, userId: '' },
      view,
      { ...view, userId: 'you', eventId: 'e3' },
      { eventType: 'view', userId: 'me', positions: [1] },
      { ...view, eventId: 'e2' },
    ]
    const { data } = await ask(RECORD_ALL, { input })
    const invalid = (field: string) => ({ __typename: 'InvalidInputError', message: expect.any(String), field })
    const version = expect.any(Number)
    expect(data?.recordEvents).toEqual({
      recorded: 2,
      duplicates: 2,
      rejected: 2,
      unavailable: 0,
      results: [
        { index: 0, eventId: 'e2', status: 'RECORDED', userVersion: userVersion + 1, error: null },
        { index: 1, eventId: 'e1', status: 'REJECTED', userVersion: null, error: invalid('userId') },
        { index: 2, eventId: 'e1', status: 'DUPLICATE', userVersion: userVersion + 1, error: null },
        { index: 3, eventId: 'e3', status: 'RECORDED', userVersion: version, error: null },
        { index: 4, eventId: null, status: 'REJECTED', userVersion: null, error: invalid('positions') },
        { index: 5, eventId: 'e2', status: 'DUPLICATE', userVersion: userVersion + 1, error: null },
      ],
    })
  })

  it('reports events of users whose partition did not answer, and records the others', async () => {
    const { service, ask } = await openShop()
    const swap = service.store.swap.bind(service.store)
    vi.spyOn(service.store, 'swap').mockImplementation((asked) => {
      if (asked.subject.id === 'you') throw new UnavailableError('Send it again.')
      return swap(asked)
    })
    const { data, errors } = await ask(RECORD_ALL, { input: [view, { ...view, userId: 'you', eventId: 'e2' }] })
    expect(errors).toBeUndefined()
    expect(data?.recordEvents).toMatchObject({
      recorded: 1,
      unavailable: 1,
      results: [{ status: 'RECORDED' }, { eventId: 'e2', status: 'UNAVAILABLE', userVersion: null, error: null }],
    })
  })

  it('accepts 1 to 1,000 events', async () => {
    const { ask } = await openShop()
    const events = (count: number) => Array.from({ length: count }, (_, i) => ({ ...view, eventId: `e${i}` }))
    expect((await ask(RECORD_ALL, { input: events(1000) })).data?.recordEvents).toMatchObject({ recorded: 1000 })
    const refused = { data: { recordEvents: { code: 'BAD_USER_INPUT', field: 'events' } } }
    expect(await ask(RECORD_ALL, { input: events(1001) })).toEqual(refused)
    expect(await ask(RECORD_ALL, { input: [] })).toEqual(refused)
  })
})

onEachStoreWhenLong('attribution', (open) => {
  it('counts an impression of a slate for the items at its positions, and a click for its item', async () => {
    const service = await open({ clock: new SettableClock() })
    const ask = asker(service)
    await service.uploads.upsertItems(['i1', 'i2', 'i3'].map((itemId) => ({ itemId, attributes: {} })))
    const figures = async () => {
      await service.store.settle()
      const names = ['item_impressions', 'item_clicks', 'item_ctr_7d', 'item_coec_7d']
      const answer = await ask(
        'query ($ids: [ID!]!, $names: [String!]!) { itemFeatures(itemIds: $ids, names: $names) { itemId features { value } } }',
        {
          ids: ['i1', 'i2', 'i3'],
          names,
        },
      )
      const rows = z.array(z.object({ itemId: z.string(), features: z.array(z.object({ value: z.number().nullable() })) }))
      const read = rows.parse(answer.data?.itemFeatures)
      return Object.fromEntries(read.map(({ itemId, features }) => [itemId, features.map(({ value }) => value)]))
    }
    expect((await figures()).i1).toEqual([0, 0, null, null])

    const slate = slateOf(await ask(RECOMMEND, { input: { userId: 'me', surface: 'home', first: 3 } }))
    const [top, second, third] = itemIds(slate)
    const { recommendationId } = slate
    const impression = { eventId: 'e1', userId: 'me', eventType: 'impression', recommendationId, positions: [1, 2, 9] }
    recordedOf(await ask(RECORD, { input: impression }))
    const shown = await figures()
    expect(shown[top].slice(0, 2)).toEqual([1, 0])
    expect(shown[top][2]).toBeCloseTo(1 / 10_001, 12)
    expect(shown[third].slice(0, 2)).toEqual([0, 0])

    recordedOf(
      await ask(RECORD, { input: { eventId: 'e2', userId: 'me', itemId: second, eventType: 'click', recommendationId } }),
    )
    const clicked = await figures()
    expect(clicked[second].slice(0, 2)).toEqual([1, 1])
    expect(clicked[top].slice(0, 2)).toEqual([1, 0])
    expect(clicked[second][2]).toBeGreaterThan(clicked[top][2] ?? Number.NaN)
    expect(clicked[second][2]).toBeGreaterThan(shown[second][2] ?? Number.NaN)
  })

  it("does not count another user's slate", async () => {
    const service = await open({ clock: new SettableClock() })
    const ask = asker(service)
    await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
    const { recommendationId } = slateOf(await ask(RECOMMEND, { input: { userId: 'me', first: 1 } }))
    const impression = { userId: 'you', eventType: 'impression', recommendationId, positions: [1] }
    recordedOf(await ask(RECORD, { input: impression }))
    await service.store.settle()
    const asked = { names: ['item_impressions'] }
    const impressions = (value: number) => ({ data: { item: { features: [{ name: 'item_impressions', value }] } } })
    expect(await ask(FEATURES, asked)).toEqual(impressions(0))
    recordedOf(await ask(RECORD, { input: { ...impression, userId: 'me' } }))
    await service.store.settle()
    expect(await ask(FEATURES, asked)).toEqual(impressions(1))
  })
})
