import { describe, expect, it } from 'vitest'
import { MAX_ALIAS_CHARACTERS, MAX_NAME_CHARACTERS } from '../../src/server/query-shape-limits.ts'
import type { OutcomeCode, ServerObserver } from '../../src/server/server-observer.ts'
import { type Answer, post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { connect, keptLog, openTestService, serve } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

const SLATE = 'recommendations(input: { userId: "u", first: 100 }) { items { item { attributes } } }'
const RECORD =
  'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { results { eventId status } } } }'
const KIB = 1024

/** 100 items of 5 KB each: a slate of all has 500 KB. */
async function shop(clock?: SettableClock) {
  const service = await openTestService({ tokens: { JWT_SECRET }, ...(clock && { clock }) })
  const attributes = { title: 'x'.repeat(5000) }
  await service.uploads.upsertItems(Array.from({ length: 100 }, (_, n) => ({ itemId: `i${n}`, attributes })))
  return service
}

function observed(): { observer: ServerObserver; codes: OutcomeCode[] } {
  const codes: OutcomeCode[] = []
  const ignore = () => {}
  const others = { began: ignore, refused: ignore, turnedAway: ignore, unauthenticated: ignore, limited: ignore }
  return { observer: { ...others, socketClosed: ignore, answered: (_, code) => void codes.push(code) }, codes }
}

function codeOf({ errors }: Answer): unknown {
  return errors?.[0].extensions?.code
}

describe('an answer that is too large', () => {
  it('is refused on every transport, and no defect: 91 KB asked for 416 MB, and four such answers ended the process', async () => {
    const { logger, lines } = keptLog()
    const { observer, codes } = observed()
    const { url } = await serve(await shop(), { logger, observer, network: { ANSWER_KB: 4096, DEVICE_ANSWER_KB: 256 } })
    const device = await deviceToken('u')
    const query = `{ ${SLATE} }`
    const answers = [
      await post(url, query, {}, device),
      await connect((to) => sseClient(to, device), url).ask(query),
      await connect((to) => webSocketClient(to, device), url).ask(query),
    ]
    const extensions = { code: 'ANSWER_TOO_LARGE', maxBytes: 256 * KIB }
    for (const answer of answers) expect(answer).toEqual({ data: null, errors: [expect.objectContaining({ extensions })] })
    expect(codes).toEqual(answers.map(() => 'ANSWER_TOO_LARGE'))
    expect(lines.filter(({ level }) => Number(level) >= 40)).toEqual([])
    const server = await post(url, query, {}, await token({ role: 'backend' }))
    expect(Buffer.byteLength(JSON.stringify(server))).toBeGreaterThan(500_000)
  })

  it('says of a mutation that it was carried out, which it was', async () => {
    const service = await shop()
    const { url } = await serve(service, { network: { DEVICE_ANSWER_KB: 8 } })
    const input = Array.from({ length: 300 }, (_, n) => ({ userId: 'u', eventId: `event-${n}`, eventType: 'view', itemId: 'i1' }))
    const answer = await post(url, RECORD, { input }, await deviceToken('u'))
    expect(answer).toMatchObject({ data: null, errors: [{ extensions: { code: 'ANSWER_TOO_LARGE', applied: true } }] })
    expect(answer.errors?.[0].message).toContain('do not send it again')
    const again = await post(url, RECORD, { input: input.slice(0, 2) }, await deviceToken('u'))
    expect(again.data).toEqual({
      recordEvents: { results: [0, 1].map((n) => ({ eventId: `event-${n}`, status: 'DUPLICATE' })) },
    })
  })

  it.each(['SSE', 'WebSocket'])('does not end a subscription: over %s, the next message comes', async (transport) => {
    const service = await shop()
    const { url } = await serve(service, { network: { DEVICE_ANSWER_KB: 256 } })
    const device = await deviceToken('u')
    const client = connect((to) => (transport === 'SSE' ? sseClient(to, device) : webSocketClient(to, device)), url)
    const messages = client.subscribe(`subscription { ${SLATE} }`)
    expect(codeOf(await messages.next())).toBe('ANSWER_TOO_LARGE')
    await service.uploads.deleteItems(Array.from({ length: 90 }, (_, n) => `i${n}`))
    await service.ingest.record([{ userId: 'u', eventType: 'view', itemId: 'i95' }])
    const [last] = (await messages.until(({ data }) => data?.recommendations !== undefined)).slice(-1)
    expect(last.errors).toBeUndefined()
    messages.end()
  })
})

it('a name that an answer would repeat for each entry of a list has at most 100 characters, any other name 255', async () => {
  const { url } = await serve(await openTestService())
  const named = (alias: number, name: number) =>
    post(
      url,
      `query ${'q'.repeat(name)} { ...${'f'.repeat(name)} } fragment ${'f'.repeat(name)} on Query { ${'a'.repeat(alias)}: __typename }`,
    )
  const alias = 'a'.repeat(MAX_ALIAS_CHARACTERS)
  expect(await named(MAX_ALIAS_CHARACTERS, MAX_NAME_CHARACTERS)).toEqual({ data: { [alias]: 'Query' } })
  for (const answer of [await named(MAX_ALIAS_CHARACTERS + 1, 1), await named(1, MAX_NAME_CHARACTERS + 1)]) {
    expect(codeOf(answer)).toBe('QUERY_TOO_COMPLEX')
    expect(answer.errors?.[0].message).toMatch(/^The (alias a|name q).{19}… has (101|256) characters; at most (100|255) are/)
  }
})

it('the bytes of an answer are paid from the same points as operations, those of small answers are free', async () => {
  const { url } = await serve(await shop(new SettableClock()), { network: { RATE_PER_USER: 1, RATE_PER_ADDRESS: 0 } })
  const device = await deviceToken('u')
  const sent = async (query: string) => {
    let bytes = 0
    for (let n = 0; n < 100; n++) {
      const answer = await post(url, query, {}, device)
      if (codeOf(answer) === 'RATE_LIMITED') return { answers: n, bytes }
      expect(answer.errors).toBeUndefined()
      bytes += Buffer.byteLength(JSON.stringify(answer))
    }
    throw new Error('No limit was reached.')
  }
  // A bucket holds 104,400 points. A slate of 100 costs some 9,700: ten fit in it, unless their 500 KB each are paid too.
  const { answers, bytes } = await sent(`{ ${SLATE} }`)
  expect(answers).toBe(6)
  expect(bytes).toBeGreaterThan(2_000_000)
})
