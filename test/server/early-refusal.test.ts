import { expect, it } from 'vitest'
import type { Service } from '../../src/service/service.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { answerOf } from '../support/graphql-client.ts'
import { overload } from '../support/overloaded.ts'
import { serve } from '../support/server.ts'

const RECORD = `mutation Record($i: RecordEventInput!) {
  done: recordEvent(input: $i) { __typename ... on Error { code } }
}`
const RECORD_TWO = `mutation ($i: RecordEventInput!) {
  first: recordEvent(input: $i) { __typename }
  second: recordEvent(input: $i) { __typename }
}`
const RECORD_INLINE = 'mutation { recordEvent(input: { userId: "u", eventType: "view", itemId: "i1" }) { __typename } }'
const RECORD_NEVER = 'mutation ($i: RecordEventInput!) { recordEvent(input: $i) @skip(if: true) { __typename } }'
const RECORD_MANY =
  'mutation ($i: [RecordEventInput!]!) { recordEvents(input: { events: $i }) { ... on RecordEventsPayload { retryAfterMs results { status } } } }'
const EVENT = { userId: 'u', eventType: 'view', itemId: 'i1' }
const REFUSED = { data: { done: null }, errors: [{ path: ['done'], extensions: { code: 'UNAVAILABLE', retryAfterMs: 2000 } }] }

/** Bodies that are no operation which records one event. */
const ODD_BODIES = [
  '',
  '{',
  'null',
  '[]',
  '"text"',
  JSON.stringify([{ query: RECORD, variables: { i: EVENT } }]),
  JSON.stringify({ query: 7, variables: { i: EVENT } }),
  JSON.stringify({ query: RECORD }),
  JSON.stringify({ query: RECORD, variables: null }),
  JSON.stringify({ query: RECORD, variables: [EVENT] }),
  JSON.stringify({ query: RECORD, variables: { i: { ...EVENT, eventType: 7 } } }),
  JSON.stringify({ query: RECORD, variables: { i: null } }),
  JSON.stringify({ query: RECORD, variables: { i: EVENT }, operationName: 'Other' }),
  JSON.stringify({ query: RECORD, variables: { i: EVENT }, operationName: 7 }),
  JSON.stringify({ documentId: 'x', variables: { i: EVENT } }),
  JSON.stringify({ query: RECORD_NEVER, variables: { i: EVENT } }),
  JSON.stringify({ query: '{ item(itemId: "\u{1F480}") { itemId } }' }),
]

async function sendTo(url: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

/** Sends events until the first is refused by GraphQL. From then on, others may be refused before. */
async function overloaded(service: Service, url: string) {
  const late: string[] = []
  const { finish } = await overload(service, async (eventId) => {
    const body = JSON.stringify({ query: RECORD, variables: { i: { ...EVENT, userId: `u${eventId}`, eventId } } })
    const { text } = await sendTo(url, body)
    const isRefused = answerOf(JSON.parse(text)).errors !== undefined
    if (isRefused) late.push(text)
    return isRefused
  })
  return { refusedLate: late[0], finish }
}

onEachStoreWhenLong('an overloaded process to which a single event is sent over HTTP', (open) => {
  it('refuses it before GraphQL looks at it, with the answer that GraphQL would give', async () => {
    const service = await open()
    const { url } = await serve(service)
    const { refusedLate, finish } = await overloaded(service, url)
    // Only GraphQL would see that this field is unknown.
    const wrong = JSON.stringify({ query: RECORD, variables: { i: { ...EVENT, unknown: 1 } } })
    const early = await sendTo(url, wrong)
    expect(early).toMatchObject({ status: 200, type: 'application/json; charset=utf-8' })
    expect(JSON.parse(early.text)).toMatchObject(REFUSED)
    expect(JSON.parse(early.text)).toEqual(JSON.parse(refusedLate))
    const standard = await sendTo(url, wrong, { accept: 'application/graphql-response+json' })
    expect(standard).toEqual({ ...early, type: 'application/graphql-response+json; charset=utf-8' })
    await finish()
    expect(JSON.parse((await sendTo(url, wrong)).text).errors[0].extensions.code).toBe('BAD_USER_INPUT')
  })

  it('answers all other operations as usual, and refuses events in them one by one', async () => {
    const service = await open()
    const { url } = await serve(service)
    const usual = []
    for (const body of ODD_BODIES) usual.push(await sendTo(url, body))
    const { finish } = await overloaded(service, url)
    const now = []
    for (const body of ODD_BODIES) now.push(await sendTo(url, body))
    expect(now).toEqual(usual)
    const ask = async (query: string, i: unknown) =>
      JSON.parse((await sendTo(url, JSON.stringify({ query, variables: { i } }))).text)
    expect(await ask(RECORD_TWO, EVENT)).toMatchObject({
      data: { first: null, second: null },
      errors: [{ path: ['first'] }, { path: ['second'] }],
    })
    expect(await ask(RECORD_INLINE, undefined)).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] })
    expect(await ask(RECORD_MANY, [EVENT, EVENT])).toMatchObject({
      data: { recordEvents: { retryAfterMs: 2000, results: [{ status: 'UNAVAILABLE' }, { status: 'UNAVAILABLE' }] } },
    })
    await finish()
  })
})
