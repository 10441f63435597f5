import { expect, it } from 'vitest'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { type Answer, post, type Variables } from '../support/graphql-client.ts'
import { connect, serve, TRANSPORTS } from '../support/server.ts'
import { SettableClock, START } from '../support/settable-clock.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

const FLUSH = /* GraphQL */ `
  mutation ($input: [RecordEventInput!]!) {
    recordEvents(input: { events: $input }) {
      ... on RecordEventsPayload {
        recorded duplicates discarded rejected unavailable failed
        results { index eventId status counted notCounted error { code field message } }
      }
    }
  }
`
const VIEW = { userId: 'me', itemId: 'i1', eventType: 'view' }

/** Values of a field that no event may have, and what a message about each contains. */
const BAD: [field: 'timestamp' | 'eventAttributes', value: unknown, message: string][] = [
  ['timestamp', 1.5, 'whole number of milliseconds'],
  ['timestamp', 'yesterday', 'ISO 8601'],
  ['timestamp', '2025-02-03T10:00:00', 'with a zone'],
  ['timestamp', { at: 1 }, 'whole number of milliseconds'],
  ['timestamp', [START], 'whole number of milliseconds'],
  ['timestamp', false, 'whole number of milliseconds'],
  ['timestamp', Math.floor(START / 1000), 'milliseconds, not seconds'],
  ['timestamp', '1999-12-31T00:00:00Z', 'milliseconds, not seconds'],
  ['eventAttributes', 'home', 'not a JSON object'],
  ['eventAttributes', ['home'], 'not a JSON object'],
  ['eventAttributes', 7, 'not a JSON object'],
  ['eventAttributes', { price: '7' }, 'send a JSON number'],
]

/** A queue in which every second event is bad. */
const queue = BAD.flatMap(([field, value], i) => [
  { ...VIEW, eventId: `bad${i}`, [field]: value },
  { ...VIEW, eventId: `good${i}`, timestamp: i % 2 === 0 ? START - MINUTE : new Date(START - MINUTE).toISOString() },
])

/** A value as it stands in a document. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([key, part]) => `${key}: ${literal(part)}`)
    .join(', ')} }`
}

type Flush = (input: readonly object[]) => Promise<Answer>

const byVariables =
  (ask: (query: string, variables: Variables) => Promise<Answer>): Flush =>
  (input) =>
    ask(FLUSH, { input })

const WAYS: Record<string, (url: string) => Flush> = {
  'HTTP, in variables': (url) => byVariables((query, variables) => post(url, query, variables)),
  'HTTP, in the document': (url) => (input) => {
    const inline = FLUSH.replace('($input: [RecordEventInput!]!)', '').replace('$input', literal(input))
    return post(url, inline)
  },
  WebSocket: (url) => {
    const client = connect(TRANSPORTS['graphql-transport-ws'], url)
    return byVariables((query, variables) => client.ask(query, variables))
  },
  SSE: (url) => {
    const client = connect(TRANSPORTS.SSE, url)
    return byVariables((query, variables) => client.ask(query, variables))
  },
}

onEachStoreWhenLong('an offline queue', (open) => {
  it.each(Object.keys(WAYS))('drains although some of its events are invalid, by %s', async (way) => {
    const { url } = await serve(await open({ clock: new SettableClock() }))
    const flush = WAYS[way](url)
    const answer = await flush(queue)
    expect(answer.errors).toBeUndefined()
    expect(answer.data?.recordEvents).toMatchObject({ recorded: BAD.length, rejected: BAD.length, unavailable: 0, failed: 0 })
    const results = BAD.flatMap(([field, , message], i) => {
      const error = {
        code: 'BAD_USER_INPUT',
        field: expect.stringMatching(`^${field}`),
        message: expect.stringContaining(message),
      }
      return [
        { index: 2 * i, eventId: `bad${i}`, status: 'REJECTED', counted: false, notCounted: null, error },
        { index: 2 * i + 1, eventId: `good${i}`, status: 'RECORDED', counted: true, notCounted: null, error: null },
      ]
    })
    expect(answer.data?.recordEvents).toMatchObject({ results })
  })

  it('of 1,000 events with warnings is answered in full', async () => {
    const { url } = await serve(await open({ clock: new SettableClock() }))
    const input = Array.from({ length: 1000 }, (_, n) => ({ ...VIEW, itemId: `i${n}`, eventType: 'View', eventId: `e${n}` }))
    const all = FLUSH.replace('notCounted', 'notCounted userVersion failure { code message } warnings { code message }')
    const { data, errors } = await post(url, all, { input })
    expect(errors).toBeUndefined()
    expect(data?.recordEvents).toMatchObject({ recorded: 1000, results: input.map(() => ({ warnings: [{}, {}] })) })
  })

  it('of a device may name 600 unknown items in an hour, and that of a server any number', async () => {
    // Within one hour, whenever the test runs; tokens are valid now.
    const { url } = await serve(await open({ tokens: { JWT_SECRET }, clock: new SettableClock(Date.now()) }))
    const reasons = async (userId: string, credential: string) => {
      const input = Array.from({ length: 700 }, (_, n) => ({ ...VIEW, userId, itemId: `unknown-${n}` }))
      const { data } = await post(url, FLUSH, { input }, credential)
      const { results } = data!.recordEvents as { results: { notCounted: string | null }[] }
      return results.map(({ notCounted }) => notCounted)
    }
    expect(await reasons('other', await token({ role: 'backend' }))).toEqual(Array(700).fill(null))
    expect(await reasons('me', await deviceToken('me'))).toEqual([
      ...Array(600).fill(null),
      ...Array(100).fill('UNKNOWN_ITEM_CAP'),
    ])
    const one = 'mutation ($e: RecordEventInput!) { recordEvent(input: $e) { ... on RecordEventPayload { notCounted } } }'
    const { data } = await post(url, one, { e: { ...VIEW, itemId: 'another' } }, await deviceToken('me'))
    expect(data).toEqual({ recordEvent: { notCounted: 'UNKNOWN_ITEM_CAP' } })
  })

  it('learns which events do not count, and why', async () => {
    const limits = { ...eCommerce.limits, eventsPerMinute: 3, eventsPerItemAndHour: 2 }
    const service = await open({ clock: new SettableClock(), domain: { ...eCommerce, limits } })
    const { url } = await serve(service)
    await service.uploads.upsertUsers([{ userId: 'away', optOut: true, attributes: {} }])
    const input = [
      { ...VIEW, eventId: 'late', timestamp: START - 8 * DAY },
      { ...VIEW, eventId: 'staff', eventAttributes: { traffic: 'staff' } },
      { ...VIEW, eventId: 'first' },
      { ...VIEW, eventId: 'second' },
      { ...VIEW, eventId: 'third' },
      { ...VIEW, eventId: 'fourth', itemId: 'i2' },
      { ...VIEW, eventId: 'away', userId: 'away' },
    ]
    const reasons = ['LATE', 'MARKED_TRAFFIC', null, null, 'ITEM_CAP', 'RATE_LIMIT', 'OPTED_OUT']
    for (const status of ['RECORDED', 'DUPLICATE']) {
      const { data } = await post(url, FLUSH, { input })
      expect(data?.recordEvents).toMatchObject({
        discarded: 1,
        results: reasons.map((notCounted, i) => ({
          eventId: input[i].eventId,
          status: notCounted === 'OPTED_OUT' ? 'DISCARDED' : status,
          counted: notCounted === null,
          notCounted,
          error: null,
        })),
      })
    }
    const one = `mutation ($input: RecordEventInput!) {
      recordEvent(input: $input) { ... on RecordEventPayload { duplicate counted notCounted recommendations { items { position } } } }
    }`
    const recommendations = { items: [] }
    expect((await post(url, one, { input: input[4] })).data?.recordEvent).toEqual({
      ...{ duplicate: true, counted: false, notCounted: 'ITEM_CAP', recommendations },
    })
    expect((await post(url, one, { input: input[6] })).data?.recordEvent).toEqual({
      ...{ duplicate: false, counted: false, notCounted: 'OPTED_OUT', recommendations },
    })
  })
})
