import { once } from 'node:events'
import { connect as openConnection } from 'node:net'
import { createClient } from 'graphql-ws'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { UnavailableError } from '../../src/errors.ts'
import { post, webSocketClient } from '../support/graphql-client.ts'
import { openSocket } from '../support/raw-socket.ts'
import { connect, keptLog, openTestService, serve } from '../support/server.ts'
import { LIVE, RECORD, recordedOf, slateOf } from '../support/slate-answer.ts'
import { deviceToken, JWT_SECRET } from '../support/tokens.ts'

const me = { input: { userId: 'me' } }

/** What the server answers to an upgrade: the status of a refusal, or 101. */
function upgrade(url: string, options: { origin?: string; protocol?: string } = {}): Promise<number> {
  const { origin, protocol = 'graphql-transport-ws' } = options
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocol, origin === undefined ? {} : { origin })
  onTestFinished(() => socket.terminate())
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    socket.on('error', reject)
  })
}

/** The bytes of an upgrade request. */
function upgradeRequest(path: string, headers = ''): string {
  const key = 'dGhlIHNhbXBsZSBub25jZQ=='
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${headers}\r\n`
}

describe('the WebSocket server', () => {
  it('accepts clients other than web pages, and its own pages, and refuses pages of other sites', async () => {
    const { url } = await serve(await openTestService())
    const { host, hostname, port } = new URL(url)
    expect(await upgrade(url)).toBe(101)
    expect(await upgrade(url, { origin: `http://${host}` })).toBe(101)
    expect(await upgrade(url, { origin: 'https://elsewhere.example' })).toBe(403)
    expect(await upgrade(url, { origin: `http://${hostname}:1` })).toBe(403)
    expect(await upgrade(url, { origin: `http://elsewhere.example:${port}` })).toBe(403)
    expect(await upgrade(url, { origin: 'null' })).toBe(403)
    expect(await upgrade(url.replace('/graphql', '/other'))).toBe(404)
  })

  it('refuses other protocols', async () => {
    const { url } = await serve(await openTestService())
    const socket = new WebSocket(url.replace(/^http/, 'ws'))
    onTestFinished(() => socket.terminate())
    const [closeCode] = await once(socket, 'close')
    expect(closeCode).toBe(4406)
  })

  it('survives nonsensical upgrades, and clients that leave before they are refused', async () => {
    const { url } = await serve(await openTestService())
    const { hostname, port } = new URL(url)
    for (const path of ['//', 'http://[', '/graphql?']) {
      const connection = openConnection(Number(port), hostname)
      connection.write(upgradeRequest(path))
      const [answer] = await once(connection, 'data')
      expect(String(answer)).toMatch(path === '/graphql?' ? /^HTTP\/1.1 101 / : /^HTTP\/1.1 404 /)
      connection.destroy()
    }
    for (let client = 0; client < 50; client++) {
      const connection = openConnection(Number(port), hostname)
      await once(connection, 'connect')
      connection.write(upgradeRequest('/graphql', 'Origin: https://elsewhere.example\r\n'))
      connection.resetAndDestroy()
    }
    expect(await post(url, '{ __typename }')).toEqual({ data: { __typename: 'Query' } })
  })

  it('disconnects a refused client that does not leave', async () => {
    const server = await serve(await openTestService())
    const { hostname, port } = new URL(server.url)
    const connection = openConnection({ port: Number(port), host: hostname, allowHalfOpen: true })
    onTestFinished(() => void connection.destroy())
    connection.write(upgradeRequest('/other'))
    connection.resume()
    await once(connection, 'end')
    await server.close()
  })

  it('answers an operation that it cannot parse or does not know without closing the socket', async () => {
    const { url } = await serve(await openTestService())
    const client = connect(webSocketClient, url)
    const slates = client.subscribe(LIVE, me)
    expect(slateOf(await slates.next()).trigger).toBe('INITIAL')
    expect(await client.ask('{')).toMatchObject({ errors: [{ message: expect.stringContaining('Syntax Error') }] })
    expect(await client.ask('{ nothing }')).toMatchObject({
      errors: [{ message: expect.stringContaining('Cannot query field') }],
    })
    const introspected = await client.ask('{ __schema { queryType { name } } }')
    expect(introspected.errors?.[0].message).toContain('introspection has been disabled')
    expect(await client.ask(LIVE, { input: { userId: 'me', first: 1000 } })).toMatchObject({
      errors: [{ message: 'first is 1000: use a value from 1 to 100.', extensions: { code: 'BAD_USER_INPUT' } }],
    })
    const { userVersion } = recordedOf(await client.ask(RECORD, { input: { userId: 'me', eventType: 'view', itemId: 'i1' } }))
    expect(slateOf(await slates.next()).version).toBe(userVersion)
  })

  it('refuses the 101st operation on one socket, leaving the others and the socket open', async () => {
    const { url } = await serve(await openTestService())
    const client = connect(webSocketClient, url)
    const open = Array.from({ length: 100 }, () => client.subscribe(LIVE, me))
    for (const slates of open) expect(slateOf(await slates.next()).trigger).toBe('INITIAL')
    const refused = client.subscribe(LIVE, me)
    expect(await refused.next()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
    await refused.ended
    open[0].end()
    const { userVersion } = recordedOf(await post(url, RECORD, { input: { userId: 'me', eventType: 'view', itemId: 'i1' } }))
    for (const slates of open.slice(1)) expect(slateOf(await slates.next()).version).toBe(userVersion)
    // One has ended, so that there is room again.
    expect(slateOf(await client.subscribe(LIVE, me).next()).trigger).toBe('INITIAL')
  })

  it('refuses a batch that is too large, with advice, without an effect on other operations', async () => {
    const service = await openTestService()
    const { url } = await serve(service)
    const client = connect(webSocketClient, url)
    const slates = client.subscribe(LIVE, me)
    await slates.next()
    const event = (n: number) => ({
      userId: 'u',
      itemId: `i${n}`,
      eventType: 'view',
      eventAttributes: { query: 'x'.repeat(100) },
    })
    const events = Array.from({ length: 8000 }, (_, n) => event(n))
    const record = 'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { __typename } }'
    const { errors } = await client.ask(record, { input: events })
    const bytes = Number(errors?.[0].extensions?.bytes)
    const maxEntries = Number(errors?.[0].extensions?.maxEntries)
    expect(errors).toEqual([
      {
        message: `The message has ${bytes} bytes; at most 1048576 are allowed. Send the 8000 entries of $input in parts of at most ${maxEntries}, or by HTTP.`,
        extensions: { code: 'PAYLOAD_TOO_LARGE', bytes, maxBytes: 1048576, maxEntries },
      },
    ])
    expect(bytes).toBeGreaterThan(1048576)
    // A part of that size is not too large.
    const part = await client.ask(record, { input: events.slice(0, maxEntries) })
    expect(part.errors?.[0].extensions?.code).not.toBe('PAYLOAD_TOO_LARGE')
    await post(url, RECORD, { input: { userId: 'me', eventType: 'view', itemId: 'i1' } })
    expect(slateOf(await slates.next()).trigger).toBe('EVENT')
  })

  it('accepts 256 KiB from a device', async () => {
    const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }))
    const socket = await openSocket(url)
    const next = async () => JSON.parse(String((await once(socket, 'message'))[0]))
    const send = async (message: object) => {
      const answered = next()
      socket.send(JSON.stringify(message))
      return answered
    }
    await send({ type: 'connection_init', payload: { authorization: `Bearer ${await deviceToken('u')}` } })
    const ask = (id: string, padding: number) =>
      send({ id, type: 'subscribe', payload: { query: '{', variables: { p: 'x'.repeat(padding) } } })
    const code = (answer: { payload: { extensions: { code: string } }[] }) => answer.payload[0].extensions.code
    expect(code(await ask('1', 255 * 1024))).toBe('GRAPHQL_PARSE_FAILED')
    const refused = await ask('2', 256 * 1024)
    expect(code(refused)).toBe('PAYLOAD_TOO_LARGE')
    expect(refused.payload[0].extensions.maxBytes).toBe(256 * 1024)
  })

  it('closes a socket that sends a message over 2 MiB, and no other', async () => {
    const { url } = await serve(await openTestService())
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => quiet.mockRestore())
    const other = connect(webSocketClient, url)
    const slates = other.subscribe(LIVE, me)
    await slates.next()
    const client = connect(webSocketClient, url)
    const message = (padding: number) => client.ask('query ($p: String) { a: __typename }', { p: 'x'.repeat(padding) })
    expect(await client.ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } })
    expect(await message(1000 * 1024)).toMatchObject({ errors: [{ message: expect.stringContaining('never used') }] })
    expect(await message(1025 * 1024)).toMatchObject({
      errors: [{ message: expect.stringContaining('Send less in one operation') }],
    })
    const tooLong = message(2049 * 1024)
    await expect(tooLong).rejects.toThrow('The stream broke.')
    expect((await client.closed).code).toBe(1009)
    await post(url, RECORD, { input: { userId: 'me', eventType: 'view', itemId: 'i1' } })
    expect(slateOf(await slates.next()).trigger).toBe('EVENT')
  })

  it('masks defects, at the first slate and later, shows other errors, and affects only the operation', async () => {
    const service = await openTestService()
    const { logger, lines } = keptLog()
    const { url } = await serve(service, { logger })
    const client = connect(webSocketClient, url)
    const recommend = vi.spyOn(service.recommender, 'prepare')
    const masked = { errors: [{ message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] }

    recommend.mockRejectedValueOnce(new TypeError('secret 1'))
    const first = client.subscribe(LIVE, me)
    expect(await first.next()).toMatchObject(masked)
    await first.ended
    recommend.mockRejectedValueOnce(new UnavailableError('Subscribe again.'))
    expect(await client.subscribe(LIVE, me).next()).toMatchObject({
      errors: [{ message: 'Subscribe again.', extensions: { code: 'UNAVAILABLE' } }],
    })
    const later = client.subscribe(LIVE, me)
    expect(slateOf(await later.next()).trigger).toBe('INITIAL')
    recommend.mockRejectedValueOnce(new TypeError('secret 2'))
    recordedOf(await client.ask(RECORD, { input: { userId: 'me', eventType: 'view', itemId: 'i1' } }))
    expect(await later.next()).toMatchObject(masked)
    await later.ended
    const log = JSON.stringify(lines)
    for (const secret of ['secret 1', 'secret 2']) expect(log).toContain(secret)
    expect(slateOf(await client.subscribe(LIVE, me).next()).trigger).toBe('INITIAL')
  })

  it('does not write to a reader faster than it reads', async () => {
    const service = await openTestService()
    const attributes = { text: 'x'.repeat(8000) }
    const itemIds = Array.from({ length: 100 }, (_, i) => `i${i}`)
    await service.uploads.upsertItems(itemIds.map((itemId) => ({ itemId, attributes })))
    const { url } = await serve(service, { network: { COMPRESSION: false } })
    let socket: WebSocket | undefined
    class Watched extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols)
        socket = this
      }
    }
    const client = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: Watched, lazy: false })
    onTestFinished(() => void client.dispose())
    const slates = client.iterate({ query: LIVE, variables: { input: { userId: 'me', first: 100 }, minIntervalMs: 0 } })
    await slates.next()
    const ranked = vi.spyOn(service.recommender, 'prepare')
    socket?.pause()
    let version = 0
    for (let event = 0; event < 60; event++) {
      version = recordedOf(await post(url, RECORD, { input: { userId: 'me', eventType: 'view', itemId: 'i1' } })).userVersion
    }
    // What the system buffers for the connection is filled, and no more: some megabytes, at 0.8 MB a slate.
    expect(ranked.mock.calls.length).toBeLessThan(30)
    socket?.resume()
    for (;;) {
      const { value } = await slates.next()
      if (slateOf(value as never).version === version) break
    }
    expect(ranked.mock.calls.length).toBeLessThan(32)
  })
})
