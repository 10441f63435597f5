import { once } from 'node:events'
import { connect as openConnection } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { openTestService, serve } from '../support/server.ts'
import { LIVE, RECORD } from '../support/slate-answer.ts'

interface CodedError {
  readonly extensions?: { readonly code: string }
}

interface Message {
  readonly id?: string
  readonly type: string
  /** Errors, or an answer. */
  readonly payload?: readonly CodedError[] | { readonly data?: unknown; readonly errors?: readonly CodedError[] }
}

const isList = (payload: Message['payload']): payload is readonly CodedError[] => Array.isArray(payload)
const codeIn = ({ payload }: Message) => (isList(payload) ? payload : payload?.errors)?.[0]?.extensions?.code
const dataIn = ({ payload }: Message) => (isList(payload) ? undefined : payload?.data)

/** A socket with all that came on it, in order. */
class Client {
  readonly socket: WebSocket
  readonly #arrived: Message[] = []
  readonly #waiting: ((message: Message) => void)[] = []

  constructor(url: string) {
    this.socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
    onTestFinished(() => this.socket.terminate())
    this.socket.on('error', () => {})
    this.socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message
      const waiting = this.#waiting.shift()
      if (waiting) waiting(message)
      else this.#arrived.push(message)
    })
  }

  /** Opens the socket, and has `connection_init` acknowledged. */
  async open(): Promise<this> {
    await once(this.socket, 'open')
    this.send({ type: 'connection_init' })
    expect((await this.next()).type).toBe('connection_ack')
    return this
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message))
  }

  start(id: string, query: string, variables?: object): void {
    this.send({ id, type: 'subscribe', payload: { query, variables } })
  }

  next(): Promise<Message> {
    const message = this.#arrived.shift()
    return message ? Promise.resolve(message) : new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The next message of an operation. Those of others are left out. */
  async of(id: string): Promise<Message> {
    for (;;) {
      const message = await this.next()
      if (message.id === id) return message
    }
  }
}

const me = { input: { userId: 'me' }, minIntervalMs: 0 }
const view = { input: { userId: 'me', eventType: 'view', itemId: 'i1' } }

const RECORD_MANY =
  'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded } } }'
const SLATES = Array.from(
  { length: 20 },
  (_, n) => `a${n}: recommendations(input: { userId: "u", first: 100 }) { version }`,
).join(' ')

/** Operations that cannot run, with the code of their error. Each in a document that has not been seen before. */
const BAD_OPERATIONS: [name: string, code: string, query: string, variables?: object][] = [
  ['that is not GraphQL', 'GRAPHQL_PARSE_FAILED', '{ a b c'],
  ['that is empty', 'GRAPHQL_PARSE_FAILED', '#'],
  ['with an unknown field', 'GRAPHQL_VALIDATION_FAILED', '{ nothing }'],
  ['with a variable of a wrong type', 'BAD_USER_INPUT', 'query ($n: Int!) { items(first: $n) { edges { cursor } } }', { n: 'x' }],
  ['with too many values in its variables', 'QUERY_TOO_COMPLEX', RECORD_MANY, { input: Array(50_500).fill(0) }],
  ['with a document that is too long', 'QUERY_TOO_COMPLEX', `{ __typename ${'#'.repeat(100_001)}\n }`],
  ['that costs too much', 'QUERY_TOO_COMPLEX', `{ ${SLATES} }`],
]

describe('an operation', () => {
  it.each(BAD_OPERATIONS)('%s has its error, and other operations on the socket continue', async (_, code, query, variables) => {
    const { url } = await serve(await openTestService())
    const client = await new Client(url).open()
    client.start('live', LIVE, me)
    expect(dataIn(await client.of('live'))).toBeDefined()
    client.start('bad', query, variables)
    const answer = await client.of('bad')
    expect(codeIn(answer)).toBe(code)
    client.start('event', RECORD, view)
    expect(dataIn(await client.of('live'))).toBeDefined()
    expect(client.socket.readyState).toBe(WebSocket.OPEN)
  })

  it.each(BAD_OPERATIONS)('%s has the same error over HTTP and server-sent events', async (_, code, query, variables) => {
    const { url } = await serve(await openTestService())
    for (const accept of ['application/json', 'text/event-stream']) {
      const headers = { 'content-type': 'application/json', accept }
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
      const text = await response.text()
      const { errors } = JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? text)
      expect(errors[0].extensions.code).toBe(code)
    }
  })

  it('with variables that are not an object is refused on each transport', async () => {
    const { url } = await serve(await openTestService())
    for (const variables of [[1], 7, 'x']) {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: '{ __typename }', variables }) })
      expect(response.status).toBe(400)
    }
    for (const variables of [[1], 7, 'x']) {
      const client = await new Client(url).open()
      const closed = once(client.socket, 'close')
      client.send({ id: '1', type: 'subscribe', payload: { query: '{ __typename }', variables } })
      expect((await closed)[0]).toBe(4400)
    }
  })
})

/** Opens a WebSocket as bytes, sends bytes on it, and returns the code of the close frame that comes back. */
async function closeCodeAfter(url: string, bytes: Buffer, protocol = 'graphql-transport-ws'): Promise<number> {
  const { port, hostname } = new URL(url)
  const connection = openConnection(Number(port), hostname)
  onTestFinished(() => void connection.destroy())
  connection.on('error', () => {})
  let arrived = Buffer.alloc(0)
  connection.on('data', (data) => {
    arrived = Buffer.concat([arrived, data])
  })
  const until = async (position: () => number) => {
    while (position() < 0) await once(connection, 'data')
    return position()
  }
  connection.write(
    `GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${protocol}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  const start = (await until(() => arrived.indexOf('\r\n\r\n'))) + 4
  expect(String(arrived)).toMatch(/^HTTP\/1.1 101 /)
  connection.write(bytes)
  await until(() => (arrived.length >= start + 4 ? start : -1))
  expect(arrived[start]).toBe(0x88)
  return arrived.readUInt16BE(start + 2)
}

/** A frame as a client sends it: masked, with a mask of zeros. */
function frame(head: number, body: Buffer, options: { masked?: boolean; length?: number } = {}): Buffer {
  const { masked = true, length = body.length } = options
  return Buffer.concat([Buffer.from([head, (masked ? 0x80 : 0) | length]), masked ? Buffer.alloc(4) : Buffer.alloc(0), body])
}

const FRAMES: [name: string, closeCode: number, bytes: Buffer][] = [
  ['that is not masked', 1002, frame(0x81, Buffer.from('{}'), { masked: false })],
  ['with reserved bits', 1002, frame(0xb1, Buffer.from('{}'))],
  ['of an unknown kind', 1002, frame(0x83, Buffer.from('{}'))],
  ['that goes on where nothing began', 1002, frame(0x80, Buffer.from('{}'))],
  ['of a ping that is cut into parts', 1002, frame(0x09, Buffer.from('x'))],
  ['of text that is not UTF-8', 1007, frame(0x81, Buffer.from([0xff, 0xfe]))],
  ['that is binary and no JSON', 4400, frame(0x82, Buffer.from([1, 2, 3]))],
  ['with an invalid close code', 1002, frame(0x88, Buffer.from([0, 1]))],
]

describe('a frame', () => {
  it.each(FRAMES)('%s closes its socket with %i, and no other', async (_, closeCode, bytes) => {
    const { url } = await serve(await openTestService())
    const other = await new Client(url).open()
    expect(await closeCodeAfter(url, bytes)).toBe(closeCode)
    other.start('1', '{ __typename }')
    expect(dataIn(await other.of('1'))).toEqual({ __typename: 'Query' })
  })
})

describe('a message', () => {
  it.each([
    ['an operation before connection_init', 4401, [{ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } }]],
    [
      'an operation without an id',
      4400,
      [{ type: 'connection_init' }, { type: 'subscribe', payload: { query: '{ __typename }' } }],
    ],
    [
      'an operation with an empty id',
      4400,
      [{ type: 'connection_init' }, { id: '', type: 'subscribe', payload: { query: '{ __typename }' } }],
    ],
    ['an operation without a document', 4400, [{ type: 'connection_init' }, { id: '1', type: 'subscribe', payload: {} }]],
    ['a second connection_init', 4429, [{ type: 'connection_init' }, { type: 'connection_init' }]],
    ['of a type that only servers send', 4400, [{ type: 'connection_init' }, { type: 'connection_ack' }]],
    ['of no type', 4400, [{ id: '1' }]],
  ] as [string, number, object[]][])('%s closes its socket with %i', async (_, closeCode, messages) => {
    const { url } = await serve(await openTestService())
    const client = new Client(url)
    await once(client.socket, 'open')
    const closed = once(client.socket, 'close')
    for (const message of messages) client.send(message)
    expect((await closed)[0]).toBe(closeCode)
  })

  it('with the id of a running operation closes its socket with 4409, and one with the id of a finished operation does not', async () => {
    const { url } = await serve(await openTestService())
    const client = await new Client(url).open()
    for (const _ of [1, 2]) {
      client.start('again', '{ __typename }')
      expect((await client.of('again')).type).toBe('next')
      expect((await client.of('again')).type).toBe('complete')
    }
    client.start('live', LIVE, me)
    await client.of('live')
    const closed = once(client.socket, 'close')
    client.start('live', LIVE, me)
    expect((await closed)[0]).toBe(4409)
  })

  it('that completes an operation that does not run is ignored', async () => {
    const { url } = await serve(await openTestService())
    const client = await new Client(url).open()
    client.send({ id: 'nothing', type: 'complete' })
    client.start('1', '{ __typename }')
    expect(dataIn(await client.of('1'))).toEqual({ __typename: 'Query' })
  })

  it('of a client with another subprotocol closes its socket with 4406', async () => {
    const { url } = await serve(await openTestService())
    for (const protocol of ['graphql-ws', 'mqtt']) expect(await closeCodeAfter(url, Buffer.alloc(0), protocol)).toBe(4406)
  })
})
