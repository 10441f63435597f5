import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { ChargedPoints } from '../../bench/support/charged-points.ts'
import type { Service } from '../../src/service/service.ts'
import { type Answer, post, sseClient, type Variables, webSocketClient } from '../support/graphql-client.ts'
import { connect, keptLog, openTestService, serve, TRANSPORTS } from '../support/server.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

const ROWS = 150
const UPSERTED = Array.from({ length: ROWS }, (_, i) => ({ itemId: `i${i}`, attributes: { title: `Item ${i}`, brand: 'b' } }))

let service: Service
let url: string
let log: ReturnType<typeof keptLog>

beforeEach(async () => {
  service = await openTestService({ tokens: { JWT_SECRET } })
  await service.uploads.upsertItems(UPSERTED)
  log = keptLog()
  url = (await serve(service, { logger: log.logger })).url
})

/** A list of all items, in each of which fields are selected. */
const rows = (fields: string, declared = '') =>
  `query Rows${declared} { trending(first: ${ROWS}, filter: { attribute: { name: "brand", eq: "b" } }) { item { itemId ${fields} } } }`

const aliased = (count: number, field: string) => Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ')

const codes = ({ errors = [] }: Answer) => new Set(errors.map(({ extensions }) => extensions?.code))

async function ask(role: 'device' | 'analyst', query: string, variables: Variables = {}) {
  const credential = role === 'device' ? await deviceToken('me') : await token({ role, sub: 'operator' })
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
    body: JSON.stringify({ query, variables }),
  })
  const text = await response.text()
  return { bytes: text.length, answer: JSON.parse(text) as Answer & { extensions?: { omittedErrors?: number } } }
}

/** The rows of an answer: the values of an alias. */
function valuesOf({ data }: Answer, alias: string): unknown[] {
  const { trending } = data as { trending: { item: Record<string, unknown> }[] }
  return trending.map(({ item }) => item[alias])
}

describe('a field of a list that the role may not read', () => {
  it('has one error, is null in each row, and is resolved in none', async () => {
    const reads = vi.spyOn(service.catalogue, 'get')
    await ask('device', rows(''))
    const alone = reads.mock.calls.length
    reads.mockClear()
    const { answer, bytes } = await ask('device', rows(aliased(40, 'feature(name: "item_views")')))
    expect(reads).toHaveBeenCalledTimes(alone)
    expect(answer.errors?.map(({ path }) => path)).toEqual(Array.from({ length: 40 }, (_, i) => ['trending', 0, 'item', `a${i}`]))
    expect(codes(answer)).toEqual(new Set(['FORBIDDEN']))
    expect(answer.extensions).toBeUndefined()
    expect(new Set(valuesOf(answer, 'a39'))).toEqual(new Set([null]))
    expect(new Set(valuesOf(answer, 'itemId'))).toHaveLength(ROWS)
    // Each row has 40 nulls of 11 bytes.
    expect(bytes).toBeLessThan(100_000)
  })

  it('has one error in a fragment that the document uses twice', async () => {
    const query = `query { one: item(itemId: "i1") { ...F } two: item(itemId: "i2") { ...F } }
      fragment F on Item { itemId feature(name: "item_views") }`
    const { answer } = await ask('device', query)
    expect(answer.data).toEqual({ one: { itemId: 'i1', feature: null }, two: { itemId: 'i2', feature: null } })
    expect(answer.errors?.map(({ path }) => path)).toEqual([['one', 'feature']])
  })

  it.each(Object.keys(TRANSPORTS))('has one error in each message of a subscription over %s', async (transport) => {
    const credential = await deviceToken('me')
    const client = connect((address) => (transport === 'SSE' ? sseClient : webSocketClient)(address, credential), url)
    const slates = client.subscribe(
      'subscription { recommendations(input: { userId: "me", first: 2 }) { items { features { name } position } } }',
    )
    const items = [1, 2].map((position) => ({ features: null, position }))
    const event = 'mutation { recordEvent(input: { userId: "me", eventType: "view", itemId: "i1" }) { __typename } }'
    for (const next of [event, undefined]) {
      const { data, errors } = await slates.next()
      expect(data).toEqual({ recommendations: { items } })
      expect(errors?.map(({ path }) => path)).toEqual([['recommendations', 'items', 0, 'features']])
      if (next) await post(url, next, {}, credential)
    }
  })

  it.each(['eventTypes', 'surfaces', 'itemAttributes', 'declaredAttributes'])('leaves the rest if it is %s', async (field) => {
    const { answer } = await ask('device', `{ item(itemId: "i1") { itemId } ${field} { name } }`)
    expect(answer.data).toEqual({ item: { itemId: 'i1' }, [field]: null })
    expect(answer.errors?.map(({ path }) => path)).toEqual([[field]])
  })

  it('is the number of the business that a list is sorted by', async () => {
    await service.ingest.record(['i1', 'i2'].map((itemId) => ({ userId: 'other', itemId, eventType: 'view' })))
    const query =
      '{ trending { score item { itemId } } recommendations(input: { userId: "me" }) { items { sources { name score } } } }'
    const { answer } = await ask('device', query)
    expect(answer.errors?.map(({ path }) => path?.at(-1))).toEqual(['score', 'score'])
    expect(JSON.stringify(answer.data)).not.toMatch(/"score":[^n]/)
    const similar = '{ similarItems(itemId: "i1") { score item { itemId } } }'
    expect((await ask('device', similar)).answer).toMatchObject({ data: { similarItems: [{ score: expect.any(Number) }] } })
    expect((await ask('analyst', query)).answer).toMatchObject({ data: { trending: [{ score: expect.any(Number) }, {}] } })
  })
})

describe('an answer with many errors', () => {
  it('shows the first 50, and counts the others', async () => {
    const { answer } = await ask('device', rows(aliased(90, 'feature(name: "item_views")')))
    expect(answer.errors).toHaveLength(50)
    expect(answer.extensions).toEqual({ omittedErrors: 40 })
    expect(valuesOf(answer, 'a89')).toHaveLength(ROWS)
  })

  it('costs points for each of them: 100 aliases of a field cost hardly more than one', async () => {
    const charged = new ChargedPoints()
    const points = async (count: number) => {
      const { answer } = await ask('device', `{ ${aliased(count, 'status { __typename }')} }`)
      expect(answer.errors).toHaveLength(Math.min(count, 50))
      return charged.read()
    }
    onTestFinished(() => charged.close())
    const [one, twenty, hundred] = [await points(1), await points(20), await points(100)]
    expect(twenty - one).toBeGreaterThan(19 * 100)
    expect(hundred - one).toBeGreaterThan(49 * 100)
  })

  it('counts those of a resolver that fails in each row', async () => {
    const { answer, bytes } = await ask('analyst', rows(aliased(10, 'feature(name: "nothing")')))
    expect(answer.errors).toHaveLength(50)
    expect(codes(answer)).toEqual(new Set(['BAD_USER_INPUT']))
    expect(answer.extensions).toEqual({ omittedErrors: 10 * ROWS - 50 })
    expect(bytes).toBeLessThan(60_000)
    // Two for each shown error, and some of the request.
    expect(log.lines.length).toBeLessThanOrEqual(110)
  })

  it('has one line in the log for a defect in each row', async () => {
    const { get } = service.catalogue
    vi.spyOn(service.catalogue, 'get').mockImplementation((itemId) => {
      const item = get.call(service.catalogue, itemId)!
      const attributes = () => {
        throw new TypeError('a defect of a test')
      }
      return Object.defineProperty({ ...item }, 'attributes', { get: attributes })
    })
    const query = `{ items(first: ${ROWS}) { edges { node { ${aliased(3, 'attribute(name: "title")')} } } } }`
    const { answer } = await ask('analyst', query)
    expect(answer.errors).toHaveLength(50)
    expect(codes(answer)).toEqual(new Set(['INTERNAL_SERVER_ERROR']))
    expect(log.lines.filter(({ msg }) => msg === 'an operation failed')).toHaveLength(1)
  })

  it('is refused before it is made if a variable is null where it may not be', async () => {
    const query = rows(aliased(40, 'attribute(name: $name)'), '($name: String = "title")')
    const { answer } = await ask('device', query, { name: null })
    expect(answer.data).toBeUndefined()
    expect(answer.errors?.map(({ extensions }) => extensions?.code)).toEqual(['BAD_USER_INPUT'])
    expect((await ask('device', query)).answer.errors).toBeUndefined()
    const paged =
      'query($after: String, $first: Int = null) { item(itemId: "i1") { similar(first: $first) { similarBy } } user(userId: "me") { events(after: $after) { pageInfo { endCursor } } } }'
    expect(codes((await ask('device', paged, { after: null })).answer)).toEqual(new Set(['BAD_USER_INPUT']))
    expect((await ask('device', paged, { after: null, first: 1 })).answer.errors).toBeUndefined()
  })
})
