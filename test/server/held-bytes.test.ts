import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { WebSocket } from 'ws'
import type { ServerObserver } from '../../src/server/server-observer.ts'
import { eventually } from '../support/eventually.ts'
import { post } from '../support/graphql-client.ts'
import { openSocket } from '../support/raw-socket.ts'
import { keptLog, openTestService, serve } from '../support/server.ts'

const UPSERT = 'mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { ... on UpsertPayload { accepted } } }'

it('a connection is closed if its client reads nothing: its unread answers took 500 MB while it was open', async () => {
  // Not 5 minutes, and not so short that a busy machine has no time to answer.
  const setTimeout: (this: Server, ms?: number) => Server = Server.prototype.setTimeout
  const spy = vi.spyOn(Server.prototype, 'setTimeout').mockImplementation(function (this: Server, ms: unknown) {
    expect(ms).toBe(300_000)
    return setTimeout.call(this, 1500)
  })
  onTestFinished(() => spy.mockRestore())
  const server = await serve(await openTestService())
  const attributes = { title: 'x'.repeat(5000) }
  const input = Array.from({ length: 100 }, (_, n) => ({ itemId: `i${n}`, attributes }))
  expect(await post(server.url, UPSERT, { input })).toEqual({ data: { upsertItems: { accepted: 100 } } })

  // That of `post` stays open for its next request.
  const others = server.load().connections

  const { hostname, port } = new URL(server.url)
  const connection = connect(Number(port), hostname)
  onTestFinished(() => void connection.destroy())
  await once(connection, 'connect')
  connection.pause()
  const body = JSON.stringify({
    query: '{ recommendations(input: { userId: "u", first: 100 }) { items { item { attributes } } } }',
  })
  const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
  connection.write(`${head}\r\n\r\n${body}`.repeat(60))
  await eventually(() => expect(server.load().requests).toBeGreaterThan(10))
  const closed = once(connection, 'close')
  await eventually(() => {
    const { connections, requests } = server.load()
    expect(requests).toBe(0)
    expect(connections).toBeLessThanOrEqual(others)
  })
  connection.on('error', () => {}).resume()
  await closed
  expect(await post(server.url, '{ __typename }')).toEqual({ data: { __typename: 'Query' } })
})

const QUERY = '{ recommendations(input: { userId: "u", first: 100 }) { items { item { attributes } } } }'

const ignore = () => {}
const IGNORING: ServerObserver = {
  began: ignore,
  answered: ignore,
  refused: ignore,
  turnedAway: ignore,
  unauthenticated: ignore,
  limited: ignore,
  socketClosed: ignore,
}

/** A service whose slates of 100 items have 500 KB. */
async function shop() {
  const service = await openTestService()
  const attributes = { title: 'x'.repeat(5000) }
  await service.uploads.upsertItems(Array.from({ length: 100 }, (_, n) => ({ itemId: `i${n}`, attributes })))
  return service
}

function request(address: string, query = QUERY): string {
  const body = JSON.stringify({ query })
  const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${address}\r\nContent-Type: application/json`
  return `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** Opens a connection that reads nothing until it is resumed. */
async function unread(url: string, bytes: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const connection = connect(Number(port), hostname)
  onTestFinished(() => void connection.destroy())
  connection.on('error', () => {}).pause()
  await once(connection, 'connect')
  connection.write(bytes)
  return connection
}

it('requests of one packet are answered in turn: a client that reads nothing has one answer in memory, not sixty', async () => {
  let answered = 0
  const count = () => {
    answered++
  }
  const { url } = await serve(await shop(), { observer: { ...IGNORING, answered: count } })
  const connection = await unread(url, request('203.0.113.1').repeat(60))
  const others = 40
  for (let n = 0; n < others; n++) expect(await post(url, QUERY)).toMatchObject({ data: {} })
  // The system takes some answers of 500 KB, but not 30 MB.
  expect(answered - others).toBeLessThan(60)
  let bytes = 0
  connection.resume().on('data', (data) => {
    bytes += data.length
  })
  await eventually(() => expect(bytes).toBeGreaterThan(60 * 500_000))
  expect(answered).toBe(others + 60)
})

describe('an address that leaves more unread than it may', () => {
  const network = { TRUST_PROXY: 'loopback', UNREAD_MB_PER_ADDRESS: 1 }

  it('loses the connections that have left an answer unread for longest, and no other one', async () => {
    let closed = 0
    const limited = (what: string) => {
      if (what === 'connection') closed++
    }
    const { url } = await serve(await shop(), { network, observer: { ...IGNORING, limited } })
    // The system takes some answers of each. Of two that are stuck, both count; a third is one too many.
    const other = await unread(url, request('203.0.113.2').repeat(60))
    const attackers: Socket[] = []
    while (closed < 3 && attackers.length < 40) attackers.push(await unread(url, request('203.0.113.1').repeat(60)))
    expect(closed).toBe(3)
    const [first] = attackers
    const gone = once(first, 'close')
    first.resume()
    await gone
    let bytes = 0
    other.resume().on('data', (data) => {
      bytes += data.length
    })
    await eventually(() => expect(bytes).toBeGreaterThan(60 * 500_000))
    // Who reads is served, at the same address too.
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.1' }
    for (let n = 0; n < 5; n++) {
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: QUERY }) })
      expect((await response.text()).length).toBeGreaterThan(500_000)
    }
  })

  it('loses its WebSockets in the same way', async () => {
    const { logger, lines } = keptLog()
    let code: number | undefined
    const socketClosed = (with_: number) => {
      code = with_
    }
    const { url } = await serve(await shop(), {
      network: { ...network, ANSWER_KB: 65_536 },
      logger,
      observer: { ...IGNORING, socketClosed },
    })
    const open = async (address: string) => {
      const socket = await openSocket(url, { headers: { 'x-forwarded-for': address }, perMessageDeflate: false })
      const acknowledged = once(socket, 'message')
      socket.send('{"type":"connection_init"}')
      await acknowledged
      return socket
    }
    const ask = (socket: WebSocket, id: number) =>
      socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query: QUERY } }))
    const reader = await open('203.0.113.2')
    const attacker = await open('203.0.113.1')
    attacker.pause()
    for (let id = 0; code === undefined && id < 200; id++) {
      ask(attacker, id)
      const answered = new Promise<void>((resolve) => {
        reader.on('message', (data) => String(data).includes(`"id":"${id}","type":"complete"`) && resolve())
      })
      ask(reader, id)
      await answered
      reader.removeAllListeners('message')
    }
    expect([code, reader.readyState]).toEqual([4508, reader.OPEN])
    expect(lines.filter(({ level }) => Number(level) >= 40)).toEqual([])
  })

  it('loses the WebSockets that have left small messages unread for longest: none was counted while it kept less than 16 KiB', async () => {
    const accepted: Socket[] = []
    const accept = (message: unknown) => void accepted.push((message as { socket: Socket }).socket)
    subscribe('net.server.socket', accept)
    onTestFinished(() => void unsubscribe('net.server.socket', accept))
    const codes: number[] = []
    const observer = { ...IGNORING, socketClosed: (code: number) => void codes.push(code) }
    const { url } = await serve(await openTestService(), { network, observer })
    const large = JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(8000) } })
    const small = '{"type":"ping"}'
    let attackers = 0
    while (attackers < 8 && codes.length === 0) {
      attackers++
      const socket = await openSocket(url, { headers: { 'x-forwarded-for': '203.0.113.1' }, perMessageDeflate: false })
      const acknowledged = once(socket, 'message')
      socket.send('{"type":"connection_init"}')
      await acknowledged
      socket.pause()
      const unread = accepted.at(-1)!
      // The system takes the first ones.
      while (unread.writableLength === 0) {
        const { bytesRead } = unread
        socket.send(large)
        while (unread.bytesRead < bytesRead + large.length) await new Promise(setImmediate)
      }
      const before = unread.writableLength
      for (let i = 0; i < 300; i++) socket.send(small)
      await eventually(() => expect(unread.destroyed || unread.writableLength >= before + 300 * small.length).toBe(true))
      expect(unread.writableLength).toBeLessThan(16 * 1024)
    }
    expect(codes).toEqual([4508])
    // Those of one socket are far from the limit.
    expect(attackers).toBeGreaterThan(3)
  })

  it('loses the connections whose requests wait behind a stream', async () => {
    let closed = 0
    const limited = (what: string) => {
      if (what === 'connection') closed++
    }
    const server = await serve(await shop(), { network, observer: { ...IGNORING, limited } })
    const { url } = server
    const body = JSON.stringify({ query: 'subscription { recommendations(input: { userId: "u", first: 1 }) { version } }' })
    const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.1\r\nContent-Type: application/json'
    const stream = `${head}\r\nAccept: text/event-stream\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const waiting = request('203.0.113.1', '{ __typename }').repeat(90)
    const oldest = await unread(url, stream + waiting)
    const gone = once(oldest.resume(), 'close')
    // Those whose connection is closed wait no more.
    for (let n = 0; n < 5; n++) {
      const brief = await unread(url, stream + waiting)
      await once(brief.resume(), 'data')
      brief.destroy()
      await eventually(() => expect(server.load().connections).toBe(1))
    }
    expect(closed).toBe(0)
    const others: Socket[] = []
    for (let n = 0; n < 3; n++) others.push(await unread(url, stream + waiting))
    await gone
    expect(closed).toBeGreaterThan(0)
    expect(others[2].destroyed).toBe(false)
  })

  const live = (name: string, fields: string) =>
    `subscription ${name} { recommendations(input: { userId: "u", first: 1 }) { ${fields} } }`
  const large = (n: number) => live(`S${n}`, '...on Slate{version} '.repeat(100))
  const unused = { unused: 'x'.repeat(100_000) }

  it.each([
    ['documents of their own', large, {}],
    ['large variables', () => live('S', 'version'), unused],
  ])('loses the WebSockets whose subscriptions have kept %s for longest', async (_, query, variables) => {
    const codes: number[] = []
    const observer = { ...IGNORING, socketClosed: (code: number) => void codes.push(code) }
    const { url } = await serve(await shop(), { network, observer })
    const open = async () => {
      const socket = await openSocket(url, { headers: { 'x-forwarded-for': '203.0.113.1' } })
      const acknowledged = once(socket, 'message')
      socket.send('{"type":"connection_init"}')
      await acknowledged
      return socket
    }
    const ask = async (socket: WebSocket, id: string, text: string, more = {}) => {
      const answered = once(socket, 'message')
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query: text, variables: more } }))
      expect(JSON.parse(String((await answered)[0]))).toMatchObject({ id, type: 'next', payload: { data: {} } })
    }
    const first = await open()
    await ask(first, 'a', query(0), variables)
    // Small ones with the same document share it, and those that are over hold nothing.
    const second = await open()
    const shared = live('T', '...on Slate{version} '.repeat(20))
    for (let n = 0; n < 20; n++) await ask(second, `b${n}`, shared)
    for (let n = 0; n < 20; n++) {
      await ask(second, `c${n}`, query(1), variables)
      second.send(JSON.stringify({ id: `c${n}`, type: 'complete' }))
    }
    expect(codes).toEqual([])
    const closed = once(first, 'close')
    const third = await open()
    for (let n = 2; codes.length === 0 && n < 12; n++) await ask(third, `d${n}`, query(n), variables)
    await closed
    expect(codes).toEqual([1013])
    expect(third.readyState).toBe(third.OPEN)
  })

  const BODY = JSON.stringify({ query: '{ __typename }' })
  const PART = 300_000
  const begun = (header: string, sent: string) => {
    const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.1\r\nContent-Type: application/json'
    return `${head}\r\n${header}\r\n\r\n${sent}`
  }
  const chunk = `${PART.toString(16)}\r\n${BODY.padEnd(PART)}\r\n`

  it.each([
    ['in chunks', begun('Transfer-Encoding: chunked', chunk), '0\r\n\r\n'],
    ['of a known length', begun(`Content-Length: ${2 * PART}`, BODY), ' '.repeat(2 * PART - BODY.length)],
  ])('loses the connections whose bodies %s have not arrived whole for longest', async (how, begin, end) => {
    let closed = 0
    const limited = (what: string) => {
      if (what === 'connection') closed++
    }
    const { url } = await serve(await openTestService(), { network, observer: { ...IGNORING, limited } })
    const received = async (connection: Socket, over: string) => {
      let text = ''
      connection.on('data', (data) => {
        text += String(data)
      })
      const isOver = new Promise<void>((resolve) => {
        connection.on('data', () => text.includes(over) && resolve()).once('close', resolve)
      })
      connection.resume()
      await isOver
      return text
    }
    const attackers: Socket[] = []
    for (let n = 0; n < 5; n++) attackers.push(await unread(url, begin))
    await eventually(() => expect(closed).toBeGreaterThanOrEqual(2))
    const refusal = await received(attackers[0], '\r\n\r\n')
    // Of what was not read in time, the system tells the client instead.
    if (how === 'of a known length') expect(refusal).toMatch(/^HTTP\/1\.1 429 .*\r\nRetry-After: 1\r\n/)
    // Whole bodies hold nothing, at the same address too, and one after the other on a connection.
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.1' }
    for (let n = 0; n < 5; n++) {
      const response = await fetch(url, { method: 'POST', headers, body: BODY.padEnd(PART) })
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
    }
    attackers[4].write(end)
    expect(await received(attackers[4], '}}')).toContain('"__typename":"Query"')
  })

  it.each<[string, boolean, (socket: WebSocket) => void]>([
    ['fragments', false, (socket) => socket.send('x'.repeat(PART), { fin: false })],
    ['compressed fragments', true, (socket) => socket.send('x'.repeat(PART), { fin: false })],
    [
      'tiny fragments',
      false,
      (socket) => {
        for (let n = 0; n < 2000; n++) socket.send('x', { fin: false })
      },
    ],
  ])('loses the WebSockets whose messages in %s have not arrived whole for longest', async (_, perMessageDeflate, begin) => {
    const codes: number[] = []
    const observer = { ...IGNORING, socketClosed: (code: number) => void codes.push(code) }
    const { url } = await serve(await openTestService(), { network, observer })
    const open = async () => {
      const socket = await openSocket(url, { headers: { 'x-forwarded-for': '203.0.113.1' }, perMessageDeflate })
      const acknowledged = once(socket, 'message')
      socket.send('{"type":"connection_init"}')
      await acknowledged
      return socket
    }
    const sender = await open()
    const oldest = await open()
    const gone = new Promise((resolve) => oldest.once('close', resolve))
    begin(oldest)
    // Whole messages of another socket hold nothing.
    for (let id = 0; id < 5; id++) {
      const completed = new Promise<void>((resolve) => {
        sender.on('message', (data) => String(data).includes(`"id":"${id}","type":"complete"`) && resolve())
      })
      const message = { id: String(id), type: 'subscribe', payload: { query: '{ __typename }' } }
      sender.send(JSON.stringify(message).padEnd(PART / 3))
      await completed
      sender.removeAllListeners('message')
    }
    expect(codes).toEqual([])
    const others = await Promise.all(Array.from({ length: 4 }, open))
    for (const other of others) begin(other)
    await gone
    expect(codes[0]).toBe(4511)
    expect(sender.readyState).toBe(sender.OPEN)
  })
})
