import { readFileSync } from 'node:fs'
import { Kind, type OperationDefinitionNode, parse, print, separateOperations, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Role } from '../../src/auth/principal.ts'
import { eventClock } from '../../src/clock.ts'
import { schema } from '../../src/schema/schema.ts'
import {
  type AskAs,
  askApollo,
  askApolloBySocket,
  askByProtocol,
  askUrql,
  askUrqlBySocket,
  askUrqlBySse,
} from '../support/app-clients.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { post, sseClient, type Variables } from '../support/graphql-client.ts'
import { connect, serve, TRANSPORTS } from '../support/server.ts'
import { JWT_SECRET, token } from '../support/tokens.ts'

const FOLDER = 'test/schema/example-operations'
const text = readFileSync(`${FOLDER}/operations.graphql`, 'utf8')
const variables = z
  .record(z.string(), z.record(z.string(), z.unknown()))
  .parse(JSON.parse(readFileSync(`${FOLDER}/variables.json`, 'utf8')))
const documents = Object.entries(separateOperations(parse(text)))
const names = documents.map(([name]) => name)

function operation(name: string): { query: string; kind: OperationDefinitionNode['operation']; variables: Variables } {
  const [, document] = documents.find(([known]) => known === name)!
  const [definition] = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
  return { query: print(document), kind: (definition as OperationDefinitionNode).operation, variables: variables[name] ?? {} }
}

/** Who sends each operation. */
const CALLERS: Readonly<Record<string, Role>> = {
  RecordEventAndRerank: 'device',
  FlushEvents: 'device',
  LiveRecommendations: 'device',
  HomeScreen: 'device',
  NextPage: 'device',
  RankResults: 'backend',
  NightlyUpload: 'backend',
  ItemTable: 'analyst',
  FeatureDesk: 'analyst',
  WatchFeatures: 'analyst',
  WhyThisSlate: 'analyst',
  Govern: 'admin',
  Vocabulary: 'backend',
}
const askBySse: AskAs = (url, credential, { query, variables }) =>
  connect((address) => sseClient(address, credential), url)
    .subscribe(query, variables)
    .next()
const CLIENTS: Readonly<Record<string, AskAs>> = {
  'Apollo Client': askApollo,
  'Apollo Client over WebSocket alone': askApolloBySocket,
  urql: askUrql,
  'urql over WebSocket alone': askUrqlBySocket,
  'urql with event streams': askUrqlBySse,
  'a client written from the text of graphql-transport-ws': askByProtocol,
  SSE: askBySse,
}

/** The user of whom the variables speak. */
function userOf(variables: Variables): string {
  const [, userId] = /"userId":"([^"]+)"/.exec(JSON.stringify(variables)) ?? []
  if (userId === undefined) throw new Error(`No user in ${JSON.stringify(variables)}`)
  return userId
}

/** When the events of the examples happen. */
const CLOCK_START = 1764061548123
const atItsTime = () => ({ clock: eventClock(CLOCK_START), followsEvents: true })

describe('the example operations', () => {
  it.each(names)('%s is valid', (name) => {
    const [, document] = documents.find(([known]) => known === name)!
    expect(validate(schema, document)).toEqual([])
  })

  onEachStoreWhenLong('each on its own', (open) => {
    it.each(names)('%s is answered without an error', async (name) => {
      const { url } = await serve(await open(atItsTime()))
      const { query, kind, variables } = operation(name)
      const answer =
        kind === 'subscription'
          ? await connect(TRANSPORTS['graphql-transport-ws'], url).subscribe(query, variables).next()
          : await post(url, query, variables)
      expect(answer.errors).toBeUndefined()
      expect(answer.data).toBeTypeOf('object')
    })
  })

  onEachStoreWhenLong('run with the roles for which they are meant', (open) => {
    it.each(Object.entries(CLIENTS))('by %s', async (_, ask) => {
      expect(Object.keys(CALLERS).sort()).toEqual([...names].sort())
      const { url } = await serve(await open({ ...atItsTime(), tokens: { JWT_SECRET } }))
      for (const name of names) {
        const role = CALLERS[name]
        const sub = role === 'device' ? userOf(operation(name).variables) : 'operator'
        const { data, errors } = await ask(url, await token({ role, sub }), operation(name))
        expect([name, errors]).toEqual([name, undefined])
        expect(data).toBeTypeOf('object')
      }
    })
  })

  onEachStoreWhenLong('work together', (open) => {
    it.each(Object.keys(TRANSPORTS))('over %s', async (transport) => {
      const { url } = await serve(await open(atItsTime()))
      const ask = (name: string) => post(url, operation(name).query, operation(name).variables)
      expect(await ask('NightlyUpload')).toEqual({
        data: {
          upsertItems: {
            accepted: 1,
            rejected: 1,
            errors: [{ index: 1, field: 'itemId', message: 'itemId is empty; send 1 to 128 characters.' }],
          },
          upsertUsers: { accepted: 1, rejected: 0, errors: [] },
          uploadOfflineRecommendations: { accepted: 1, rejected: 0, errors: [] },
        },
      })
      await post(
        url,
        'mutation { upsertItems(input: { items: [{ itemId: "i3", attributes: {} }, { itemId: "i7", attributes: {} }] }) { ... on UpsertPayload { accepted } } }',
      )

      const client = connect(TRANSPORTS[transport], url)
      const follow = (name: string) => client.subscribe(operation(name).query, operation(name).variables)
      const slates = follow('LiveRecommendations')
      const features = follow('WatchFeatures')
      const balm = { id: expect.any(String), itemId: 'i1', attributes: { title: 'Balm', price: 12 } }
      const picked = { code: 'PICKED_BY_US', text: 'Our selection', anchorItem: null }
      expect((await slates.next()).data?.recommendations).toMatchObject({
        trigger: 'INITIAL',
        changed: true,
        latestEventId: null,
        warnings: [{ code: 'TOO_FEW_ITEMS' }],
        items: [{ position: 1, item: balm, reason: picked }, { item: { itemId: 'i3' } }, { item: { itemId: 'i7' } }],
      })
      expect((await features.next()).data?.userFeatures).toMatchObject({
        features: [
          { name: 'user_events_1d', value: null },
          { name: 'session_length', value: null },
        ],
      })

      const first = await ask('RecordEventAndRerank')
      expect(first.errors).toBeUndefined()
      expect(first.data?.recordEvent).toMatchObject({
        __typename: 'RecordEventPayload',
        duplicate: false,
        counted: true,
        notCounted: null,
        warnings: [{ code: 'UNKNOWN_SLATE' }],
        event: { eventId: '0198-a', timestamp: new Date(CLOCK_START).toISOString() },
        // The item on screen is left out.
        recommendations: { trigger: 'EVENT', items: [{ item: balm }, { item: { itemId: 'i3' } }] },
      })
      const { userVersion } = z.object({ userVersion: z.number() }).parse(first.data?.recordEvent)
      expect((await slates.next()).data?.recommendations).toMatchObject({
        trigger: 'EVENT',
        version: userVersion,
        latestEventId: '0198-a',
        changed: true,
        items: [{ item: balm }, { item: { itemId: 'i7' } }, { item: { itemId: 'i3' } }],
      })
      expect((await features.next()).data?.userFeatures).toMatchObject({
        version: userVersion,
        features: [{ value: expect.closeTo(1, 9) }, { value: 1 }],
      })

      // The same event again, an impression of a slate that nobody knows, and a bad one.
      const flushed = await ask('FlushEvents')
      expect(flushed).toMatchObject({
        data: {
          recordEvents: {
            recorded: 1,
            duplicates: 1,
            rejected: 1,
            unavailable: 0,
            results: [
              { index: 0, eventId: '0198-a', status: 'DUPLICATE', error: null },
              { index: 1, eventId: '0198-b', status: 'RECORDED', error: null },
              {
                index: 2,
                eventId: '0198-c',
                status: 'REJECTED',
                userVersion: null,
                error: { code: 'BAD_USER_INPUT', field: 'userId' },
              },
            ],
          },
        },
      })
      expect((await ask('RecordEventAndRerank')).data?.recordEvent).toMatchObject({ duplicate: true })
    })
  })
})
