import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  type IntrospectionQuery,
  isObjectType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { post, type Variables } from '../support/graphql-client.ts'
import { openTestService, serve } from '../support/server.ts'

const IDS = ['a', 'b', 'c', 'd', 'e']

const page = z.object({
  edges: z.array(z.object({ cursor: z.string(), node: z.looseObject({}) })),
  pageInfo: z.object({
    hasNextPage: z.boolean(),
    hasPreviousPage: z.boolean(),
    startCursor: z.string().nullable(),
    endCursor: z.string().nullable(),
  }),
})

function typesOf(fields: Readonly<Record<string, GraphQLField<unknown, unknown>>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, String(type)]))
}

/** https://relay.dev/docs/guides/graphql-server-specification and the two specifications that it names. */
describe("Relay's specification of a server: the schema that the server describes", () => {
  async function described(): Promise<GraphQLSchema> {
    const { url } = await serve(await openTestService(), { graphiql: true })
    const { data } = await post(url, getIntrospectionQuery())
    return buildClientSchema(data as unknown as IntrospectionQuery)
  }
  const objectsOf = (schema: GraphQLSchema) => Object.values(schema.getTypeMap()).filter(isObjectType)

  it('has the interface Node, and the query node that returns it', async () => {
    const schema = await described()
    expect(String(schema.getType('Node'))).toBe('Node')
    expect(typesOf((schema.getType('Node') as GraphQLInterfaceType).getFields())).toEqual({ id: 'ID!' })
    const { node } = schema.getQueryType()!.getFields()
    expect(String(node.type)).toBe('Node')
    expect(node.args.map(({ name, type }) => `${name}: ${type}`)).toEqual(['id: ID!'])
  })

  it('has PageInfo', async () => {
    const schema = await described()
    expect(typesOf((schema.getType('PageInfo') as GraphQLObjectType).getFields())).toEqual({
      hasNextPage: 'Boolean!',
      hasPreviousPage: 'Boolean!',
      startCursor: 'String',
      endCursor: 'String',
    })
  })

  it('has edges with a cursor and a node in each connection', async () => {
    const schema = await described()
    const connections = objectsOf(schema).filter(({ name }) => name.endsWith('Connection'))
    expect(connections).toHaveLength(7)
    for (const connection of connections) {
      const { edges, pageInfo } = connection.getFields()
      expect(String(pageInfo.type)).toBe('PageInfo!')
      expect(String(edges.type)).toMatch(/^\[\w+Edge!?\]!?$/)
      const { cursor, node } = (getNamedType(edges.type) as GraphQLObjectType).getFields()
      expect(String(cursor.type)).toBe('String!')
      expect(isObjectType(getNamedType(node.type))).toBe(true)
    }
  })

  it('pages each connection in both directions', async () => {
    const schema = await described()
    const fields = objectsOf(schema).flatMap((type) => Object.values(type.getFields()))
    const paged = fields.filter(({ type }) => getNamedType(type).name.endsWith('Connection'))
    const names = ['auditLog', 'events', 'items', 'keys', 'models', 'standingRules', 'users']
    expect(paged.map(({ name }) => name).sort()).toEqual(names)
    for (const { args } of paged) {
      const types = Object.fromEntries(args.map(({ name, type }) => [name, String(type)]))
      expect(types).toMatchObject({ first: 'Int', after: 'String', last: 'Int', before: 'String' })
    }
  })
})

onEachStoreWhenLong("Relay's specification of a server: what it answers", (open) => {
  async function openShop() {
    const service = await open()
    const { url } = await serve(service)
    await service.uploads.upsertItems(IDS.map((itemId) => ({ itemId, attributes: {} })))
    const ofUsers = IDS.map((userId) => ({ userId, eventId: 'e', eventType: 'search' }))
    const ofOne = IDS.map((eventId) => ({ userId: 'me', eventId: `me-${eventId}`, eventType: 'search' }))
    await service.ingest.record([...ofUsers, ...ofOne])
    await service.store.settle()
    for (const name of IDS)
      await post(url, `mutation { setRules(input: { surface: "${name}", rules: { exclude: ["a"] } }) { __typename } }`)
    const ask = async (query: string, variables?: Variables) => {
      const { data, errors } = await post(url, query, variables)
      expect(errors).toBeUndefined()
      return data!
    }
    return { service, url, ask }
  }

  it.each(['User', 'Item', 'Model'])('finds a %s again by its global id, which no other object has', async (typename) => {
    const { ask } = await openShop()
    await ask(`mutation { registerModel(input: { name: "default" }) { __typename } }`)
    const { user, item, models } = z
      .object({
        user: z.object({ id: z.string() }),
        item: z.object({ id: z.string() }),
        models: z.object({ edges: z.array(z.object({ node: z.object({ id: z.string() }) })) }),
      })
      .parse(await ask('{ user(userId: "a") { id } item(itemId: "a") { id } models { edges { node { id } } } }'))
    const ids = { User: user.id, Item: item.id, Model: models.edges[0].node.id }
    expect(new Set(Object.values(ids)).size).toBe(3)
    const id = ids[typename as keyof typeof ids]
    const { node } = await ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id })
    expect(node).toEqual({ __typename: typename, id })
  })

  it.each(['', 'nonsense', 'SXRlbTpub25l', 'U2xhdGU6MQ==', 'UXVlcnk6'])(
    'answers null for the id %j, which it never issued',
    async (id) => {
      const { ask } = await openShop()
      expect(await ask('query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual({ node: null })
    },
  )

  it.each([
    ['items', 'itemId', (list: string) => `{ ${list} }`],
    ['users', 'userId', (list: string) => `{ ${list} }`],
    ['events', 'eventId', (list: string) => `{ user(userId: "me") { ${list} } }`],
    ['auditLog', 'target', (list: string) => `{ ${list} }`],
  ] as const)('pages %s as the specification of cursor connections says', async (field, key, query) => {
    const { ask } = await openShop()
    const read = async (args: string) => {
      const list = `${field}(${args}) { edges { cursor node { ${key} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`
      const data = await ask(query(list))
      const found = page.parse(field === 'events' ? (data.user as Record<string, unknown>)[field] : data[field])
      const { edges, pageInfo } = found
      expect(pageInfo.startCursor).toBe(edges.at(0)?.cursor ?? null)
      expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null)
      return { ...pageInfo, ids: edges.map(({ node }) => node[key]), cursors: edges.map(({ cursor }) => cursor) }
    }
    const { ids, cursors } = await read('first: 500')
    expect(ids.length).toBeGreaterThanOrEqual(IDS.length)
    expect(new Set(cursors).size).toBe(cursors.length)
    const end = ids.length
    for (let at = 0; at < end; at++) {
      const [before, after] = [`before: "${cursors[at]}"`, `after: "${cursors[at]}"`]
      // Slices of one order, whichever way they are asked for.
      expect((await read(`first: 2, ${after}`)).ids).toEqual(ids.slice(at + 1, at + 3))
      expect((await read(`last: 2, ${before}`)).ids).toEqual(ids.slice(Math.max(0, at - 2), at))
      expect((await read(`first: ${at + 1}`)).hasNextPage).toBe(at + 1 < end)
      expect((await read(`last: ${at + 1}`)).hasPreviousPage).toBe(at + 1 < end)
    }
    const middle = await read(`first: 500, after: "${cursors[0]}", before: "${cursors[3]}"`)
    expect(middle.ids).toEqual(ids.slice(1, 3))
  })

  it.each(['first: -1', 'last: -1'])('refuses a page of %s', async (size) => {
    const { url } = await openShop()
    const { errors } = await post(url, `{ items(${size}) { pageInfo { hasNextPage } } }`)
    expect(errors?.[0].extensions?.code).toBe('BAD_USER_INPUT')
  })
})
