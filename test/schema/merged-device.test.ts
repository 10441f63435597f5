import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeNodeId } from '../../src/schema/node-id.ts'
import { stampOf } from '../../src/state/user-value-codec.ts'
import { onEachStore } from '../support/each-store.ts'
import { type Answer, post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { connect, serve } from '../support/server.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

type Ask = (query: string) => Promise<Answer>

const TRANSPORTS: Record<string, (url: string, token: string) => Ask> = {
  HTTP: (url, credential) => (query) => post(url, query, {}, credential),
  WebSocket: (url, credential) => {
    const client = connect((address) => webSocketClient(address, credential), url)
    return (query) => client.ask(query)
  },
  SSE: (url, credential) => {
    const client = connect((address) => sseClient(address, credential), url)
    return (query) => client.ask(query)
  },
}
const STREAMS = { WebSocket: webSocketClient, SSE: sseClient }

const codesOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions?.code)
const merge = (from: string, into: string, fromToken?: string) =>
  `mutation { mergeUsers(input: { from: "${from}", into: "${into}"${fromToken ? `, fromToken: "${fromToken}"` : ''} }) { ... on MergeUsersPayload { merged user { userId } } ... on Error { code message field } } }`
const upsert = (userId: string, decision: string) =>
  `mutation { upsertUsers(input: { users: [{ userId: "${userId}", ${decision}, attributes: {} }] }) { ... on UpsertPayload { accepted } } }`
const record = (eventId: string, userId: string, selection: string) =>
  `mutation { recordEvent(input: { eventId: "${eventId}", userId: "${userId}", itemId: "i1", eventType: "view" }) {
    ... on RecordEventPayload { ${selection} } } }`

onEachStore('the token of a merged visitor', (open) => {
  /** A visitor with an event and a slate, who is known as alice since, and alice has acted too. */
  async function openMerged() {
    const service = await open({ tokens: { JWT_SECRET } })
    const { url } = await serve(service)
    const backend = await token({ role: 'backend' })
    const ask: Ask = (query) => post(url, query, {}, backend)
    await service.uploads.upsertItems(['i1', 'i2'].map((itemId) => ({ itemId, attributes: {} })))
    await ask(record('e1', 'visitor', 'counted'))
    const slate = await ask('{ recommendations(input: { userId: "visitor" }) { recommendationId } }')
    const served = z.object({ recommendations: z.object({ recommendationId: z.string() }) }).parse(slate.data)
    return { service, url, ask, recommendationId: served.recommendations.recommendationId }
  }

  it.each(Object.entries(TRANSPORTS))('read and changed the known user, over %s', async (_, asker) => {
    const { service, url, ask, recommendationId } = await openMerged()
    const visitor = asker(url, await deviceToken('visitor'))
    const reads = [
      '{ user(userId: "visitor") { recentItems { itemId } events { edges { node { userId } } } } }',
      `{ node(id: "${encodeNodeId('User', 'visitor')}") { id } }`,
      `{ nodes(ids: ["${encodeNodeId('User', 'visitor')}"]) { id } }`,
      '{ recommendations(input: { userId: "visitor" }) { items { item { itemId } } } }',
      `{ slate(recommendationId: "${recommendationId}") { userId } }`,
    ]
    for (const query of reads) expect([query, codesOf(await visitor(query))]).toEqual([query, undefined])
    await ask(merge('visitor', 'alice'))
    await ask(upsert('alice', 'consent: false'))
    const changes = [
      upsert('visitor', 'consent: true'),
      upsert('visitor', 'optOut: true'),
      merge('other', 'visitor', await deviceToken('other')),
    ]
    for (const query of [...reads, ...changes]) {
      const answer = await visitor(query)
      expect([query, codesOf(answer)]).toEqual([query, ['FORBIDDEN']])
      expect(JSON.stringify(answer)).not.toContain('alice')
      expect([query, Object.values(answer.data ?? {}).flat()]).toEqual([query, [null]])
    }
    const nodes = await visitor(
      `{ nodes(ids: ["${encodeNodeId('User', 'visitor')}", "${encodeNodeId('Item', 'i1')}"]) { __typename } }`,
    )
    expect(nodes.data).toEqual({ nodes: [null, { __typename: 'Item' }] })
    expect(nodes.errors?.map(({ path }) => path)).toEqual([['nodes', 0]])
    // The decision of the known user holds, and the merge that was refused has not begun.
    const [bytes] = await service.store.readValues([{ kind: 'user', id: 'alice' }])
    expect(service.accumulators.codec.decode(bytes)).toMatchObject({ optedOut: false, consent: { given: false } })
    expect(await service.people.ownerOf('other')).toBe('other')
    const alice = asker(url, await deviceToken('alice'))
    expect(await alice(upsert('alice', 'consent: true'))).toEqual({ data: { upsertUsers: { accepted: 1 } } })
    expect((await alice('{ user(userId: "alice") { userId } }')).data).toEqual({ user: { userId: 'alice' } })
  })

  it.each(Object.entries(TRANSPORTS))('can still record events over %s, so that a queue drains', async (_, asker) => {
    const { url, ask } = await openMerged()
    const visitor = asker(url, await deviceToken('visitor'))
    await ask(merge('visitor', 'alice'))
    const row = '{ eventId: "e2", userId: "visitor", itemId: "i2", eventType: "view" }'
    const batch = await visitor(
      `mutation { recordEvents(input: { events: [${row}] }) { ... on RecordEventsPayload { recorded } } }`,
    )
    expect(batch).toEqual({ data: { recordEvents: { recorded: 1 } } })
    const answer = await visitor(record('e3', 'visitor', 'counted recommendations { userId }'))
    expect(answer.data).toEqual({ recordEvent: { counted: true, recommendations: null } })
    expect(codesOf(answer)).toEqual(['FORBIDDEN'])
  })

  describe.each(Object.entries(STREAMS))('in a subscription over %s', (_, makeClient) => {
    const SUBSCRIPTION =
      'subscription { recommendations(input: { userId: "visitor" }, minIntervalMs: 0) { trigger items { item { itemId } } } }'

    it('went on getting slates of the known user', async () => {
      const { url, ask } = await openMerged()
      const credential = await deviceToken('visitor')
      const client = connect((address) => makeClient(address, credential), url)
      const slates = client.subscribe(SUBSCRIPTION)
      expect(codesOf(await slates.next())).toBeUndefined()
      await ask(merge('visitor', 'alice'))
      const later = await slates.until(({ errors }) => errors !== undefined)
      expect(codesOf(later.at(-1)!)).toEqual(['FORBIDDEN'])
      await slates.ended
      expect(slates.unread).toBe(0)
      // Only the subscription has ended, not the connection.
      expect(await client.ask('{ item(itemId: "i1") { itemId } }')).toEqual({ data: { item: { itemId: 'i1' } } })
      const again = client.subscribe(SUBSCRIPTION)
      expect(codesOf(await again.next())).toEqual(['FORBIDDEN'])
      await again.ended
    })
  })

  it('told the id of the known user in errors', async () => {
    const { service, url, ask } = await openMerged()
    await ask(merge('visitor', 'alice'))
    await ask(record('e2', 'bob', 'counted'))
    const proof = await deviceToken('visitor')
    const elsewhere = await post(url, merge('visitor', 'bob', proof), {}, await deviceToken('bob'))
    expect(elsewhere.data).toMatchObject({ mergeUsers: { code: 'BAD_USER_INPUT', field: expect.any(String) } })
    expect(JSON.stringify(elsewhere)).not.toContain('alice')
    const subject = { kind: 'user', id: 'alice' } as const
    const [held] = await service.store.readValues([subject])
    const now = service.clock.now()
    const entry = () => ({ kind: 'user', id: 'alice', at: now, upload: {} }) as const
    const damaged = { subject, expected: stampOf(held), value: Buffer.from(held!.subarray(0, held!.length - 3)) }
    const rest = { expiresIn: 0, identities: [], now, entry, increments: undefined, signal: undefined }
    expect(await service.store.swap({ ...damaged, ...rest })).toEqual({ status: 'committed' })
    const unreadable = await post(url, record('e3', 'visitor', 'counted'), {}, proof)
    expect(codesOf(unreadable)).toEqual(['UNREADABLE_STATE'])
    expect(JSON.stringify(unreadable)).not.toContain('alice')
  })

  it('merged another id into the known user, and was then told FORBIDDEN', async () => {
    const { service, url, ask } = await openMerged()
    await ask(record('e2', 'tablet', 'counted'))
    await ask(merge('visitor', 'alice'))
    const answer = await post(url, merge('tablet', 'visitor', await deviceToken('tablet')), {}, await deviceToken('visitor'))
    expect([answer.data, codesOf(answer)]).toEqual([{ mergeUsers: null }, ['FORBIDDEN']])
    expect(await service.people.ownerOf('tablet')).toBe('tablet')
    // A server may: its answer names the user at the end.
    expect((await ask(merge('tablet', 'visitor'))).data).toEqual({ mergeUsers: { merged: true, user: { userId: 'alice' } } })
  })
})
