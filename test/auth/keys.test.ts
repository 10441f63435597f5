import { describe, expect, it } from 'vitest'
import { COMMAND_LINE } from '../../src/auth/audit-entry.ts'
import { createKey } from '../../src/auth/audited-keys.ts'
import { parseKey } from '../../src/auth/key-text.ts'
import { LOCAL_PRINCIPAL } from '../../src/auth/principal.ts'
import type { Service } from '../../src/service/service.ts'
import { bothStores, newStoreOn, onEachStore } from '../support/each-store.ts'
import { post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { holdRequest } from '../support/held-request.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { connect, openTestService, serve } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const LIVE = 'subscription { userFeatures(userId: "me", names: []) { version } }'
const CREATE =
  'mutation ($name: String!, $role: KeyRole!) { createKey(input: { name: $name, role: $role }) { ... on CreateKeyPayload { secret key { keyId name role createdAt lastUsedAt revokedAt } } ... on Error { code field } } }'
const REVOKE =
  'mutation ($keyId: ID!) { revokeKey(input: { keyId: $keyId }) { __typename ... on RevokeKeyPayload { key { revokedAt } } ... on Error { code } } }'

interface Created {
  readonly secret: string
  readonly key: { readonly keyId: string }
}

async function create(url: string, role: string, token?: string): Promise<Created> {
  const { data, errors } = await post(url, CREATE, { name: `a ${role}`, role }, token)
  expect(errors).toBeUndefined()
  return data?.createKey as Created
}

async function isLetIn(url: string, token?: string): Promise<boolean> {
  const { data } = await post(url, '{ __typename }', {}, token)
  return data?.__typename === 'Query'
}

onEachStore('keys', (open) => {
  it('make an open service demand keys, and are shown only once', async () => {
    const service = await open()
    const { url } = await serve(service)
    expect(await isLetIn(url)).toBe(true)
    const socket = connect(webSocketClient, url)
    await socket.subscribe(LIVE).next()
    const overSse = connect(sseClient, url).subscribe(LIVE)
    await overSse.next()
    const admin = await create(url, 'ADMIN')
    expect(await socket.closed).toMatchObject({ code: 4401, reason: expect.stringContaining('now needs a token or a key') })
    expect((await overSse.next()).errors?.[0].extensions).toEqual({ code: 'UNAUTHENTICATED' })
    expect(admin.key).toMatchObject({ name: 'a ADMIN', role: 'ADMIN', lastUsedAt: null, revokedAt: null })
    expect(await isLetIn(url)).toBe(false)
    expect(await isLetIn(url, admin.secret)).toBe(true)
    const backend = await create(url, 'BACKEND', admin.secret)
    const { data } = await post(url, '{ keys { edges { node { keyId role } } } }', {}, admin.secret)
    const [first, second] = [
      { node: { keyId: admin.key.keyId, role: 'ADMIN' } },
      { node: { keyId: backend.key.keyId, role: 'BACKEND' } },
    ]
    expect(data?.keys).toEqual({ edges: [first, second] })
    const paged =
      'query ($after: String) { keys(first: 1, after: $after) { edges { node { keyId role } } pageInfo { endCursor hasNextPage } } }'
    const { keys } = (await post(url, paged, {}, admin.secret)).data as { keys: { pageInfo: { endCursor: string } } }
    expect(keys).toEqual({ edges: [first], pageInfo: { endCursor: expect.any(String), hasNextPage: true } })
    const next = await post(url, paged, { after: keys.pageInfo.endCursor }, admin.secret)
    expect(next.data?.keys).toMatchObject({ edges: [second], pageInfo: { hasNextPage: false } })
    expect(JSON.stringify(service.keys.record)).not.toContain(parseKey(backend.secret)!.secret)
    const [stored] = await service.store.readValues([{ kind: 'keys', id: 'all' }])
    expect(Buffer.from(stored!).toString('latin1')).not.toContain(parseKey(backend.secret)!.secret)
  })

  it('that are revoked are refused, and end the sockets and streams that were opened with them', async () => {
    const { url } = await serve(await open())
    const admin = await create(url, 'ADMIN')
    const analyst = await create(url, 'ANALYST', admin.secret)
    const socket = connect((address) => webSocketClient(address, analyst.secret), url)
    const overSocket = socket.subscribe(LIVE)
    const overSse = connect((address) => sseClient(address, analyst.secret), url).subscribe(LIVE)
    await Promise.all([overSocket.next(), overSse.next()])
    const revoked = await post(url, REVOKE, { keyId: analyst.key.keyId }, admin.secret)
    expect(revoked.data?.revokeKey).toEqual({ __typename: 'RevokeKeyPayload', key: { revokedAt: expect.any(String) } })
    expect(await socket.closed).toEqual({ code: 4401, reason: 'The key was revoked.' })
    expect((await overSse.next()).errors).toMatchObject([
      { message: 'The key was revoked.', extensions: { code: 'UNAUTHENTICATED' } },
    ])
    await overSse.ended
    expect(await isLetIn(url, analyst.secret)).toBe(false)
    expect(await isLetIn(url, admin.secret)).toBe(true)
    const again = await post(url, REVOKE, { keyId: analyst.key.keyId }, admin.secret)
    expect(again.data?.revokeKey).toMatchObject({ __typename: 'RevokeKeyPayload' })
    const unknown = await post(url, REVOKE, { keyId: 'nobody' }, admin.secret)
    expect(unknown.data?.revokeKey).toEqual({ __typename: 'NotFoundError', code: 'NOT_FOUND' })
  })

  it('are checked again when the body is read: with a delayed body, a revoked key created a new key', async () => {
    const service = await open()
    const { url } = await serve(service)
    const operator = await create(url, 'ADMIN')
    const leaked = await create(url, 'ADMIN', operator.secret)
    const operation = { query: CREATE, variables: { name: 'stolen', role: 'ADMIN' } }
    const [held, honest] = await Promise.all([
      holdRequest(url, operation, leaked.secret),
      holdRequest(url, { query: '{ __typename }' }, operator.secret),
    ])
    await post(url, REVOKE, { keyId: leaked.key.keyId }, operator.secret)
    const { status, headers, answer } = await held.finish()
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toBe('Bearer')
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(answer.data ?? null).toBeNull()
    expect(service.keys.record.keys.map(({ name }) => name)).toEqual(['a ADMIN', 'a ADMIN'])
    expect(await honest.finish()).toMatchObject({ status: 200, answer: { data: { __typename: 'Query' } } })
  })

  it('are demanded from a request whose body arrives after the first key: it ran as an administrator', async () => {
    const service = await open()
    const { url } = await serve(service)
    const held = await holdRequest(url, { query: CREATE, variables: { name: 'stolen', role: 'ADMIN' } })
    await create(url, 'BACKEND')
    const { status, answer } = await held.finish()
    expect(status).toBe(401)
    expect(answer.errors?.[0].extensions).toEqual({ code: 'UNAUTHENTICATED' })
    expect(service.keys.record.keys.map(({ role }) => role)).toEqual(['backend'])
  })

  it('keep a service closed when the last one is revoked', async () => {
    const { url } = await serve(await open())
    const admin = await create(url, 'ADMIN')
    await post(url, REVOKE, { keyId: admin.key.keyId }, admin.secret)
    expect(await isLetIn(url)).toBe(false)
    expect(await isLetIn(url, admin.secret)).toBe(false)
  })

  it.each(['', ' ', 'x'.repeat(129), 'a\u0000b', '\ud800'])('need a name: not %j', async (name) => {
    const service = await open()
    const { url } = await serve(service)
    const { data } = await post(url, CREATE, { name, role: 'ADMIN' })
    expect(data?.createKey).toEqual({ code: 'BAD_USER_INPUT', field: 'name' })
    expect(service.keys.record.keys).toEqual([])
  })

  it('cannot have the role of a device', async () => {
    const { url } = await serve(await open())
    const { errors } = await post(url, CREATE, { name: 'app', role: 'DEVICE' })
    expect(errors?.[0].extensions?.code).toBe('BAD_USER_INPUT')
  })
})

bothStores((open) => {
  it('a caller without a key is refused at once if the first key already exists: its stream never ended', async () => {
    const service = await open()
    await createKey(service, COMMAND_LINE, 'admin', 'first')
    const ends: string[] = []
    service.authenticator.watch(LOCAL_PRINCIPAL, (end) => ends.push(end))
    expect(ends).toEqual(['required'])
    await createKey(service, COMMAND_LINE, 'admin', 'second')
    expect(ends).toEqual(['required'])
  })

  it('the last use of a key is recorded once a minute at most', async () => {
    const service = await open()
    const { key, text } = await createKey(service, COMMAND_LINE, 'backend', 'checkout')
    const used = () => service.keys.record.keys.find(({ id }) => id === key.id)?.lastUsedAt
    const note = () => service.keyChanges.noteUses(service.keys.takeUses(60_000))
    const firstUse = service.clock.wall()
    service.authenticator.prove(text)
    await note()
    expect(used()).toBe(firstUse)
    const { revision } = service.keys.record
    service.clock.advance(30_000)
    service.authenticator.prove(text)
    await note()
    expect(service.keys.record.revision).toBe(revision)
    service.clock.advance(40_000)
    service.authenticator.prove(text)
    await note()
    expect(used()).toBe(firstUse + 70_000)
    await note()
    expect(service.keys.record.revision).toBe(revision + 1)
  })
})

describe.skipIf(!redisAvailable)('replicas', () => {
  it('learn of new and revoked keys', async () => {
    const redis = await RedisServer.start()
    try {
      const store = newStoreOn(redis)
      const [one, two] = [await openTestService(store), await openTestService(store)]
      const [{ url: first }, { url: second }] = [await serve(one), await serve(two)]
      const admin = await create(first, 'ADMIN')
      await follows(two, 1)
      expect(await isLetIn(second)).toBe(false)
      expect(await isLetIn(second, admin.secret)).toBe(true)
      const analyst = await create(second, 'ANALYST', admin.secret)
      await follows(one, 2)
      const socket = connect((address) => webSocketClient(address, analyst.secret), first)
      await socket.subscribe(LIVE).next()
      await post(second, REVOKE, { keyId: analyst.key.keyId }, admin.secret)
      expect(await socket.closed).toMatchObject({ code: 4401 })
    } finally {
      await redis.stop()
    }
  })

  /** Resolves when the process knows a record of this revision. */
  async function follows({ keys }: Service, revision: number): Promise<void> {
    await expect.poll(() => keys.record.revision).toBeGreaterThanOrEqual(revision)
  }
})

describe('the embedded store', () => {
  it('keeps its keys over a restart, with and without a snapshot', async () => {
    const { openOn } = await import('../support/service.ts')
    const dataDir = await temporaryDirectory()
    let service = await openOn(undefined, { dataDir })
    const { text } = await createKey(service, COMMAND_LINE, 'admin', 'deploy')
    await service.close()
    for (const snapshotEvery of [0, 0.0001, 0]) {
      service = await openOn(undefined, { dataDir, snapshotEvery })
      expect(service.authenticator.isRequired).toBe(true)
      expect(service.authenticator.prove(text)).toMatchObject({ role: 'admin' })
      await service.ingest.record([{ userId: 'me', eventType: 'view', itemId: 'i1' }])
      await service.close()
    }
  })
})
