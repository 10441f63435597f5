import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ROLES, type Role } from '../../src/auth/principal.ts'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import { encodeNodeId } from '../../src/schema/node-id.ts'
import { RateBuckets } from '../../src/server/rate-buckets.ts'
import type { Service } from '../../src/service/service.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { type Answer, post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { IS_LONG } from '../support/long.ts'
import { fieldsOf, objectTypes, operation, ROOTS, type Values, wayTo } from '../support/schema-walk.ts'
import { connect, serve } from '../support/server.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

/** Sends one operation with a token; of a subscription, the first message. */
type Send = (query: string) => Promise<Answer>

const TRANSPORTS: Record<string, (url: string, token: string) => Send> = {
  HTTP: (url, credential) => (query) => post(url, query, {}, credential),
  WebSocket: (url, credential) => {
    const client = connect((address) => webSocketClient(address, credential), url)
    return (query) => first(client.subscribe(query))
  },
  SSE: (url, credential) => {
    const client = connect((address) => sseClient(address, credential), url)
    return (query) => first(client.subscribe(query))
  },
}

async function first(messages: ReturnType<ReturnType<typeof webSocketClient>['subscribe']>): Promise<Answer> {
  const message = await messages.next()
  messages.end()
  return message
}

/** The matrix as it is written: the roles that may use a field, by its place, such as `Query.item`. */
function writtenMatrix(): ReadonlyMap<string, ReadonlySet<Role>> {
  const text = readFileSync(`${PACKAGE_ROOT}/docs/reference/access.md`, 'utf8')
  const matrix = new Map<string, ReadonlySet<Role>>()
  for (const line of text.split('\n')) {
    const [, names = '', places = ''] = line.split('|').map((cell) => cell.trim())
    const roles = ROLES.filter((role) => names.split(', ').includes(role))
    if (roles.length === 0) continue
    for (const [, place] of places.matchAll(/`([\w.]+)`/g)) {
      const all = place.includes('.') ? [place] : fieldsOf(place).map((field) => `${place}.${field}`)
      for (const each of all) matrix.set(each, new Set(roles))
    }
  }
  return matrix
}

const matrix = writtenMatrix()
const may = (role: Role, place: string) => matrix.get(place)?.has(role) ?? false

async function fill(service: Service): Promise<Record<'me' | 'other', string>> {
  const items = Array.from({ length: 5 }, (_, i) => ({
    itemId: `i${i}`,
    attributes: { title: `Item ${i}`, brand: 'b', category: 'c', price: i },
  }))
  await service.uploads.upsertItems(items)
  const slates: Record<string, string> = {}
  for (const userId of ['me', 'other']) {
    await service.ingest.record([{ userId, itemId: 'i1', eventType: 'view' }])
    const request = { userId, first: 3, surface: 'home', device: undefined, anchorItemId: undefined, sessionId: undefined }
    slates[userId] = (await service.recommender.recommend(request, 'INITIAL')).recommendationId
  }
  return slates as Record<'me' | 'other', string>
}

type OpenService = Parameters<Parameters<typeof onEachStoreWhenLong>[1]>[0]

async function start(open: OpenService) {
  const service = await open({ tokens: { JWT_SECRET }, model: 'default' })
  const { url } = await serve(service)
  return { service, url, slates: await fill(service) }
}

function tokenOf(role: Role): Promise<string> {
  return role === 'device' ? deviceToken('me') : token({ role, sub: 'operator' })
}

/** What the walk passes as arguments. */
async function valuesFor(role: Role, slates: Record<'me' | 'other', string>): Promise<Values> {
  return {
    userId: 'me',
    userIds: ['me'],
    itemId: 'i1',
    itemIds: ['i1'],
    recommendationId: slates.me,
    id: encodeNodeId('Item', 'i1'),
    ids: [encodeNodeId('User', 'me')],
    eventType: 'view',
    attributes: {},
    'Query.attributeFeatures.attribute': 'brand',
    'Query.recommendations.input': { userId: 'me', surface: 'home' },
    'Subscription.recommendations.input': { userId: 'me', surface: 'home' },
    'Query.featureSummary.entity': 'ITEM',
    'Query.featureSummary.names': ['item_popularity_1d'],
    'Item.attribute.name': 'title',
    'Item.feature.name': 'item_popularity_1d',
    'User.feature.name': 'user_events_1d',
    'Mutation.deleteItems.input': { itemIds: ['gone'] },
    'Mutation.eraseUser.input': { userId: 'gone' },
    'Mutation.mergeUsers.input': {
      from: 'anonymous',
      into: 'me',
      ...(role === 'device' && { fromToken: await deviceToken('anonymous') }),
    },
    'Mutation.renewToken.input': { token: await tokenOf(role) },
    // Nobody's, so that the walk changes nothing that it needs.
    'Mutation.retireModel.input': { name: 'gone' },
    'Mutation.removeRules.input': { surface: null },
    'Mutation.setRules.input': { surface: null, rules: {} },
  }
}

/** The fields that were refused, as `Type.field` of the selected type or of the operation. Each has one error, in whatever list. */
function refused({ errors = [] }: Answer, way: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { path = [], extensions } of errors) {
    expect(extensions?.code).not.toBe('UNAUTHENTICATED')
    if (extensions?.code !== 'FORBIDDEN') continue
    const names = path.filter((part) => typeof part === 'string')
    // Without a path: a subscription was refused as a whole.
    const field = names.length <= way.length ? 'all' : names[way.length]
    expect(found).not.toContain(field)
    found.add(field)
  }
  return found
}

/** What `node` returns depends on the id, and of a similar item each role may read the score. Types are reached by other fields. */
const NO_WAYS = new Set(['Query.node', 'Query.nodes', 'Query.similarItems', 'Item.similar'])

/** Walks the fields of one type; of an operation, one by one. @returns the cells that are wrong */
async function walkType(send: Send, role: Role, type: string, values: Values): Promise<string[]> {
  const isWay = (parent: string, field: string) => !NO_WAYS.has(`${parent}.${field}`)
  const way = wayTo(type, (parent, field) => isWay(parent, field) && may(role, `${parent}.${field}`)) ?? wayTo(type, isWay)!
  const isRoot = way.length === 0
  const groups = isRoot ? fieldsOf(type).map((field) => [field]) : [fieldsOf(type)]
  const wrong: string[] = []
  for (const fields of groups) {
    const query = operation(way, type, fields, values)
    const answer = await send(query)
    if (answer.errors?.some(({ extensions }) => String(extensions?.code).startsWith('GRAPHQL_')))
      throw new Error(`${query}: ${JSON.stringify(answer.errors)}`)
    const steps = way.map(({ field }) => field)
    const no = refused(answer, steps)
    const root = way[0]?.parent ?? type
    if (root !== 'Subscription') expect([query, answer.data?.__typename]).toEqual([query, root])
    if (!isRoot && no.size > 0 && !no.has('all'))
      expect([query, typesAt(answer.data?.[steps[0]], steps.slice(1))]).toEqual([query, [type]])
    for (const field of fields) {
      const isRefused = no.has('all') || no.has(field)
      if (isRefused === may(role, `${type}.${field}`)) wrong.push(`${type}.${field}: ${isRefused ? 'refused' : 'not refused'}`)
    }
  }
  return wrong
}

/** The types of the objects at the end of a way, which are allowed fields beside the others. */
function typesAt(value: unknown, [field, ...others]: readonly string[]): readonly string[] {
  if (Array.isArray(value))
    return [...new Set(value.flatMap((one) => typesAt(one, field === undefined ? [] : [field, ...others])))]
  if (typeof value !== 'object' || value === null) return []
  const object = value as Record<string, unknown>
  return field === undefined ? [String(object.__typename)] : typesAt(object[field], others)
}

it('the page names the roles of each field', () => {
  const places = [...ROOTS, ...objectTypes()].flatMap((type) => fieldsOf(type).map((field) => `${type}.${field}`))
  expect([...matrix.keys()].sort()).toEqual(places.sort())
})

onEachStoreWhenLong('access', (open, store) => {
  // What a role may do does not depend on the store, whose twin shows that over one transport.
  const ways = Object.entries(TRANSPORTS).filter(([transport]) => store === 'embedded' || transport === 'WebSocket')
  describe.each(ways)('over %s', (transport, sender) => {
    // Roles differ over WebSockets, which carry all operations. The least and the greatest show that another transport passes them on.
    const all = IS_LONG || (transport === 'WebSocket' && store === 'embedded')
    it.each(all ? ROLES : (['device', 'admin'] as const))('is as documented for the role %s', async (role) => {
      const { url, slates } = await start(open)
      const send = sender(url, await tokenOf(role))
      const values = await valuesFor(role, slates)
      const wrong: string[] = []
      // Mutations last: they change what the others read.
      for (const type of [...objectTypes(), ...ROOTS]) {
        // A subscription over plain HTTP has no answer to walk through.
        if (transport === 'HTTP' && type === 'Subscription') continue
        wrong.push(...(await walkType(send, role, type, values)))
      }
      expect(wrong).toEqual([])
    })

    it('is refused to a device wherever the id of another user can be passed', async () => {
      const { url, slates, service } = await start(open)
      const send = sender(url, await deviceToken('me'))
      const before = (await service.store.readEvents('other')).length
      const node = encodeNodeId('User', 'other')
      const strange = await deviceToken('stranger')
      const refusedOnes = [
        '{ user(userId: "other") { userId } }',
        '{ recommendations(input: { userId: "other" }) { userId } }',
        `{ slate(recommendationId: "${slates.other}") { userId } }`,
        `{ node(id: "${node}") { id } }`,
        `{ node(id: "${encodeNodeId('User', 'nobody')}") { id } }`,
        `{ node(id: "${encodeNodeId('Model', 'default')}") { id } }`,
        `{ node(id: "${encodeNodeId('ApiKey', 'key')}") { id } }`,
        `{ node(id: "${encodeNodeId('Slate', slates.other)}") { id } }`,
        `{ node(id: "${encodeNodeId('Event', 'other:none')}") { id } }`,
        'mutation { recordEvent(input: { userId: "other", eventType: "view", itemId: "i1" }) { __typename } }',
        'mutation { upsertUsers(input: { users: [{ userId: "other", optOut: true, attributes: {} }] }) { ... on UpsertPayload { accepted } } }',
        'mutation { upsertUsers(input: { users: [{ userId: "me", attributes: {} }, { userId: "other", attributes: {} }] }) { ... on UpsertPayload { accepted } } }',
        'mutation { upsertUsers(input: { users: [{ userId: "me", attributes: { segment: "vip" } }] }) { ... on UpsertPayload { accepted } } }',
        'mutation { mergeUsers(input: { from: "other", into: "me" }) { ... on MergeUsersPayload { merged } } }',
        'mutation { mergeUsers(input: { from: "me", into: "other" }) { ... on MergeUsersPayload { merged } } }',
        `mutation { mergeUsers(input: { from: "other", into: "me", fromToken: "${strange}" }) { ... on MergeUsersPayload { merged } } }`,
        `mutation { mergeUsers(input: { from: "other", into: "stranger", fromToken: "${strange}" }) { ... on MergeUsersPayload { merged } } }`,
        `mutation { mergeUsers(input: { from: "other", into: "me", fromToken: "${await token({ role: 'admin', sub: 'other' })}" }) { ... on MergeUsersPayload { merged } } }`,
        'mutation { eraseUser(input: { userId: "me" }) { ... on EraseUserPayload { keys } } }',
        '{ recommendations(input: { userId: "me", preview: true }) { userId } }',
        ...(transport === 'HTTP' ? [] : ['subscription { recommendations(input: { userId: "other" }) { userId } }']),
      ]
      for (const query of refusedOnes) {
        const { data, errors } = await send(query)
        expect([query, errors?.map(({ extensions }) => extensions?.code)]).toEqual([query, ['FORBIDDEN']])
        expect(Object.values(data ?? {})).toEqual(data ? [null] : [])
      }
      expect(await service.store.readEvents('other')).toHaveLength(before)
    })

    it('does the same work for ids of other users, whether they exist: the time of an answer tells nothing', async () => {
      const { url, service } = await start(open)
      const send = sender(url, await deviceToken('me'))
      const { store } = service
      let work: unknown[] = []
      for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(store))) {
        const method: unknown = Reflect.get(store, name)
        if (typeof method !== 'function' || name === 'constructor') continue
        Reflect.set(store, name, (...parameters: unknown[]) => {
          work.push(name)
          return Reflect.apply(method, store, parameters)
        })
      }
      const take = RateBuckets.prototype.take
      const spy = vi.spyOn(RateBuckets.prototype, 'take').mockImplementation(function (this: RateBuckets, bucket, rate, points) {
        work.push([bucket, points])
        return take.call(this, bucket, rate, points)
      })
      onTestFinished(() => spy.mockRestore())
      const queries = [
        (id: string) => `{ user(userId: "${id}") { userId } }`,
        (id: string) => `{ node(id: "${encodeNodeId('User', id)}") { id } }`,
        (id: string) => `{ recommendations(input: { userId: "${id}" }) { userId } }`,
        (id: string) => `mutation { recordEvent(input: { userId: "${id}", eventType: "view", itemId: "i1" }) { __typename } }`,
        (id: string) => `mutation { mergeUsers(input: { from: "${id}", into: "me" }) { __typename } }`,
      ]
      const workFor = async (query: string) => {
        work = []
        expect((await send(query)).errors?.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN'])
        return work
      }
      for (const query of queries) {
        const forKnown = await workFor(query('other'))
        expect(forKnown.length).toBeGreaterThan(0)
        expect([query('nobdy'), await workFor(query('nobdy'))]).toEqual([query('nobdy'), forKnown])
      }
    })

    it('does not let a device find out features of items by what a filter selects', async () => {
      const { url, service } = await start(open)
      const send = sender(url, await deviceToken('me'))
      const filter = '{ not: { and: [{ feature: { name: "item_views", gte: 1 } }] } }'
      const refusedOnes = [
        `{ recommendations(input: { userId: "me", rules: { filter: ${filter} } }) { userId } }`,
        `{ recommendations(input: { userId: "me", rules: { boost: [{ factor: 2, filter: ${filter} }] } }) { userId } }`,
        `{ trending(filter: ${filter}) { score } }`,
        ...(transport === 'HTTP'
          ? []
          : [`subscription { recommendations(input: { userId: "me", rules: { filter: ${filter} } }) { userId } }`]),
      ]
      for (const query of refusedOnes) {
        const { errors } = await send(query)
        expect([query, errors?.map(({ extensions }) => extensions?.code)]).toEqual([query, ['FORBIDDEN']])
      }
      const event = 'mutation { recordEvent(input: { userId: "me", eventType: "view", itemId: "i1" }) { ... on RecordEventPayload'
      const answer = await send(`${event} { counted recommendations(input: { rules: { filter: ${filter} } }) { userId } } } }`)
      expect(answer.errors?.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN'])
      expect(answer.data).toEqual({ recordEvent: { counted: true, recommendations: null } })
      expect(await service.store.readEvents('me')).toHaveLength(2)
      const byAttribute =
        '{ recommendations(input: { userId: "me", rules: { filter: { attribute: { name: "brand", eq: "b" } } } })'
      expect((await send(`${byAttribute} { userId } }`)).errors).toBeUndefined()
      const ofServer = sender(url, await token({ role: 'backend' }))
      expect((await ofServer(refusedOnes[0])).errors).toBeUndefined()
    })

    it('does not let a device find out attributes of its user by what a filter selects', async () => {
      const { url, service } = await start(open)
      await service.uploads.upsertUsers([{ userId: 'me', attributes: { risk: 'high' } }])
      const send = sender(url, await deviceToken('me'))
      const ofServer = sender(url, await token({ role: 'backend' }))
      const query = (rules: string) => `{ recommendations(input: { userId: "me", rules: { ${rules} } }) { userId } }`
      const filters = [
        '{ attribute: { name: "brand", equalsUser: "risk" } }',
        '{ not: { attribute: { name: "brand", inUser: ["risk"] } } }',
        '{ or: [{ user: { name: "risk", eq: "high" } }] }',
      ]
      const rules = filters.flatMap((filter) => [
        `filter: ${filter}`,
        `boost: [{ factor: 2, filter: ${filter} }]`,
        `limitPer: [{ attribute: "brand", limit: 1, filter: ${filter} }]`,
      ])
      for (const one of rules) {
        const { errors } = await send(query(one))
        expect([one, errors?.map(({ extensions }) => extensions?.code)]).toEqual([one, ['FORBIDDEN']])
        expect((await ofServer(query(one))).errors).toBeUndefined()
      }
      // It may read attributes of items, and so compare them.
      const byScreen = '{ attribute: { name: "brand", equalsAnchor: "brand", withinShareOfAnchor: 0.1 } }'
      expect((await send(query(`filter: ${byScreen}`))).errors).toBeUndefined()
    })

    it('is refused for single rows and nodes without an effect on the others', async () => {
      const { url, service } = await start(open)
      const send = sender(url, await deviceToken('me'))
      const rows = ['other', 'me', 'other'].map(
        (userId, i) => `{ userId: "${userId}", eventId: "e${i}", eventType: "view", itemId: "i1" }`,
      )
      const { data } = await send(
        `mutation { recordEvents(input: { events: [${rows.join()}] }) { ... on RecordEventsPayload { recorded rejected results { index eventId status error { field } } } } }`,
      )
      const rejected = { status: 'REJECTED', error: { field: 'userId' } }
      expect(data?.recordEvents).toEqual({
        recorded: 1,
        rejected: 2,
        results: [
          { index: 0, eventId: 'e0', ...rejected },
          { index: 1, eventId: 'e1', status: 'RECORDED', error: null },
          { index: 2, eventId: 'e2', ...rejected },
        ],
      })
      expect(await service.store.readEvents('other')).toHaveLength(1)
      const ids = ['Item:i1', 'User:other', 'User:me', 'Model:default'].map((id) => Buffer.from(id).toString('base64'))
      const nodes = await send(`{ nodes(ids: ${JSON.stringify(ids)}) { __typename } item(itemId: "i2") { itemId } }`)
      expect(nodes.data).toEqual({
        nodes: [{ __typename: 'Item' }, null, { __typename: 'User' }, null],
        item: { itemId: 'i2' },
      })
      expect(nodes.errors?.map(({ path, extensions }) => [path, extensions?.code])).toEqual([
        [['nodes', 1], 'FORBIDDEN'],
        [['nodes', 3], 'FORBIDDEN'],
      ])
    })

    it('lets a device opt out, and merge two users whose tokens it has', async () => {
      const { url } = await start(open)
      const send = sender(url, await deviceToken('me'))
      const proof = await deviceToken('anonymous')
      const merge = await send(
        `mutation { mergeUsers(input: { from: "anonymous", into: "me", fromToken: "${proof}" }) { ... on MergeUsersPayload { merged user { userId } } } }`,
      )
      expect(merge).toEqual({ data: { mergeUsers: { merged: true, user: { userId: 'me' } } } })
      const optOut = await send(
        'mutation { upsertUsers(input: { users: [{ userId: "me", optOut: true, attributes: {} }] }) { ... on UpsertPayload { accepted } } }',
      )
      expect(optOut).toEqual({ data: { upsertUsers: { accepted: 1 } } })
    })
  })
})
