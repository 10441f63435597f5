import { connect } from 'node:net'
import * as fc from 'fast-check'
import { AUTHORIZATION } from './credentials.ts'

/** Bytes on a connection of their own. After an upgrade they go on with frames. */
export interface RawRequest {
  readonly name: string
  /** What is sent, piece by piece; latin1. `HOST` stands for the address. */
  readonly pieces: readonly string[]
}

const LONGEST_MS = 3000
const QUERY = '{"query":"{ status { store } }"}'
const head = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n\r\n`
const post = (body: string, headers: readonly string[] = ['content-type: application/json', `content-length: ${body.length}`]) =>
  head(['POST /graphql HTTP/1.1', 'host: HOST', `authorization: ${AUTHORIZATION}`, ...headers]) + body

const bodies = fc.oneof(
  fc.constantFrom('', '{', '[]', 'null', '1', '"x"', '[{"query":"{ status { store } }"}]', '{"query":null}', '{"query":1}'),
  fc.constantFrom(
    '{"query":{"a":1}}',
    '{"variables":{}}',
    '{"query":"{ status { store } }","variables":[]}',
    '\ufeff{}',
    '{"query":""}',
  ),
  fc.constantFrom('{"query":"{ status { store } }","operationName":7}', '{"query":"{ status { store } }","extensions":"x"}'),
  fc.constantFrom('{"__proto__":{"query":"{ status { store } }"}}', `{"query":"${'{'.repeat(5000)}"}`, `${'['.repeat(20_000)}`),
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text, 'utf8').toString('latin1')),
  fc.nat({ max: QUERY.length }).map((at) => QUERY.slice(0, at)),
)

const types = fc.constantFrom(
  'application/json; charset=utf-7',
  'text/plain',
  'multipart/form-data; boundary=x',
  '',
  'application/graphql',
)

const httpRequests: fc.Arbitrary<RawRequest> = fc.oneof(
  bodies.map((body) => ({ name: 'a body', pieces: [post(body)] })),
  types.map((type) => ({
    name: 'a content type',
    pieces: [post(QUERY, [`content-type: ${type}`, `content-length: ${QUERY.length}`])],
  })),
  fc.nat({ max: QUERY.length }).map((at) => ({
    name: 'a truncated body',
    pieces: [post(QUERY.slice(0, at), ['content-type: application/json', `content-length: ${QUERY.length}`])],
  })),
  fc.constantFrom('-1', '1e3', '99999999999999999999', '0x10', '5000000', 'abc', '').map((length) => ({
    name: 'a content length',
    pieces: [post(QUERY, ['content-type: application/json', `content-length: ${length}`])],
  })),
  fc.constantFrom('GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PATCH', 'BREW').map((method) => ({
    name: `method ${method}`,
    pieces: [head([`${method} /graphql?query=%7Bstatus%7Bstore%7D%7D HTTP/1.1`, 'host: HOST', 'content-length: 0'])],
  })),
  fc
    .constantFrom(
      '/graphql?query=%',
      '/graphql?query={',
      '//',
      '/%00',
      '/health/../graphql',
      '*',
      '/graphql?variables=%7B',
      '/ready?x',
      `/${'a'.repeat(20_000)}`,
    )
    .map((path) => ({ name: 'a path', pieces: [head([`GET ${path} HTTP/1.1`, 'host: HOST'])] })),
  fc.constantFrom('', 'host: [', 'host: a b', 'host: HOST\r\nhost: x', 'x: \u0000', 'transfer-encoding: chunked').map((line) => ({
    name: 'a header',
    pieces: [`POST /graphql HTTP/1.1\r\n${line}\r\ncontent-type: application/json\r\n\r\n`, 'zz\r\n'],
  })),
  fc
    .string({ unit: 'binary', maxLength: 200 })
    .map((text) => ({ name: 'noise', pieces: [Buffer.from(text).toString('latin1')] })),
  fc
    .array(bodies, { minLength: 2, maxLength: 6 })
    .map((all) => ({ name: 'pipelined', pieces: [all.map((body) => post(body)).join('')] })),
)

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const upgrade = (protocol: string) =>
  head([
    'GET /graphql HTTP/1.1',
    'host: HOST',
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${KEY}`,
    ...(protocol === '' ? [] : [`sec-websocket-protocol: ${protocol}`]),
  ])

/** @param first the first byte: FIN, reserved bits and opcode */
function frame(first: number, payload: string): string {
  const bytes = Buffer.from(payload, 'latin1')
  const length = bytes.length < 126 ? [0x80 | bytes.length] : [0x80 | 126, (bytes.length >> 8) & 255, bytes.length & 255]
  // Masked with zeros: allowed, and the payload stands as it is.
  return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), bytes]).toString('latin1')
}

const TEXT = 0x81
const INIT = frame(TEXT, JSON.stringify({ type: 'connection_init', payload: { Authorization: AUTHORIZATION } }))

const messages = fc.oneof(
  fc.constantFrom(
    '{"type":"connection_init","payload":1}',
    '{"type":"connection_init","payload":{"__proto__":{}}}',
    '{}',
    '[]',
    'null',
    '{"type":1}',
  ),
  fc.constantFrom(
    '{"type":"subscribe"}',
    '{"type":"subscribe","id":"","payload":{"query":"{ status { store } }"}}',
    '{"type":"complete","id":"x"}',
  ),
  fc.constantFrom(
    '{"type":"subscribe","id":"1","payload":{}}',
    '{"type":"subscribe","id":"1","payload":{"query":""}}',
    '{"type":"subscribe","id":"1","payload":{"query":"{"}}',
    '{"type":"subscribe","id":"1","payload":{"query":"subscription { userFeatures(userId: \\"u0\\") { version } }"}}',
    '{"type":"subscribe","id":"__proto__","payload":{"query":"subscription { userFeatures(userId: \\"u0\\") { version } }"}}',
    '{"type":"subscribe","id":"2","payload":{"query":"{ status { store } }","variables":7}}',
    '{"type":"subscribe","id":"3","payload":{"query":"{ status { store } }","operationName":{}}}',
  ),
  fc.constantFrom('{"type":"ping","payload":{}}', '{"type":"pong"}', '{"type":"next","id":"1","payload":{}}', '{"type":"ka"}'),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(text).toString('latin1')),
)

const frames = fc.oneof(
  { weight: 6, arbitrary: messages.map((message) => frame(TEXT, message)) },
  { weight: 1, arbitrary: fc.tuple(fc.nat({ max: 255 }), messages).map(([first, message]) => frame(first, message)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\x81\x05hello',
      '\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff',
      '\x88\x82\0\0\0\0\x00\x01',
      '\xff',
      '\x89\xfe\x01\x00',
    ),
  },
  { weight: 1, arbitrary: fc.constant(frame(TEXT, 'x'.repeat(65_000))) },
)

const socketRequests: fc.Arbitrary<RawRequest> = fc
  .tuple(
    fc.constantFrom('graphql-transport-ws', 'graphql-transport-ws', 'graphql-transport-ws', 'graphql-ws', ''),
    fc.integer({ min: 0, max: 4 }),
    fc.array(frames, { maxLength: 8 }),
  )
  .map(([protocol, inits, sent]) => ({
    name: 'frames',
    pieces: [upgrade(protocol), ...Array.from({ length: Math.min(inits, 2) }, () => INIT), ...sent],
  }))

export const rawRequests: fc.Arbitrary<RawRequest> = fc.oneof(httpRequests, socketRequests)

/** Sends it, and hangs up when nothing comes any more. @returns what came back, latin1 */
export function sendRaw({ pieces }: RawRequest, url: string): Promise<string> {
  const { hostname, port, host } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    const timer = setTimeout(() => socket.destroy(), LONGEST_MS)
    const quiet = { timer: undefined as NodeJS.Timeout | undefined }
    let received = ''
    const listen = () => {
      clearTimeout(quiet.timer)
      quiet.timer = setTimeout(() => socket.destroy(), 100)
    }
    socket.on('connect', () => {
      for (const piece of pieces) socket.write(Buffer.from(piece.replaceAll('HOST', host), 'latin1'))
      listen()
    })
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      listen()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      clearTimeout(quiet.timer)
      resolve(received)
    })
  })
}
