import { once } from 'node:events'
import { connect } from 'node:net'
import * as fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { keptLog, openTestService, serve } from '../support/server.ts'

const RUNS = 3000
const SHOP = 'https://shop.example'
const NAME = 'api.shop.example'
const MUTATION = 'mutation { recordEvent(input: { userId: "u", itemId: "i", eventType: "view" }) { __typename } }'
const IN_ADDRESS = encodeURIComponent(MUTATION)

/** A part of a request, and whether a request with it may run an operation. `HOST` and `PORT` stand for those of the request. */
interface Part {
  readonly text: string
  readonly isRight: boolean
}

const parts = (isRight: boolean, ...texts: readonly string[]) => texts.map((text): Part => ({ text, isRight }))

/** Half of the time a part that is right, so that requests with all parts right are not rare. */
const someOf = (right: readonly Part[], wrong: readonly Part[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) })

const methods = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...parts(true, 'POST')) },
  { weight: 3, arbitrary: fc.constantFrom(...parts(false, 'GET')) },
  { weight: 1, arbitrary: fc.constantFrom(...parts(false, 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND')) },
)

const paths = someOf(
  parts(true, '/graphql'),
  parts(
    false,
    ...['/graphql/', '//graphql', '/x/graphql', '/GRAPHQL', '/%67raphql', '/graphql%3F', '/graphql;x', '/graphql#x', '*', '/'],
    ...['/health', '/ready', '/ready/../graphql', '/health/graphql', '/health#', '/health/', '/graphql/../health', '/READY'],
    ...['http://127.0.0.1:PORT/graphql', 'http://elsewhere.example/graphql', '//elsewhere.example/graphql', 'http://HOST/health'],
  ),
)
/** None of these makes an address right or wrong. */
const addressQueries = fc.constantFrom(
  ...[
    '',
    '',
    '?',
    `?query=${IN_ADDRESS}`,
    '?query=%7B__typename%7D&x=/graphql',
    '?/graphql',
    '?/graphql/',
    '?/health',
    '?/../ready',
    '?#/graphql',
  ],
)
const targets = fc.tuple(paths, addressQueries).map(([{ text, isRight }, query]): Part => ({ text: text + query, isRight }))

const hosts = someOf(
  parts(true, '127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST', '[::1]:PORT', `${NAME}:8443`, NAME, '127.0.0.1:0', '192.168.0.7'),
  parts(
    false,
    ...[
      'elsewhere.example',
      'elsewhere.example:PORT',
      '127.0.0.1.elsewhere.example',
      'localhost.elsewhere.example',
      'shop.example',
    ],
    ...['elsewhere.example/health?', '127.0.0.1/ready?', 'elsewhere.example@127.0.0.1', '127.0.0.1@elsewhere.example', 'a b', ''],
    ...[
      '127.0.0.1:65536',
      '127.0.0.1:-1',
      '[::1%25lo]',
      '[::1',
      'localhost.',
      `${NAME}.`,
      `x.${NAME}`,
      'xn--lcalhost-63a',
      '127.0.0.1,x',
    ],
    ...['elsewhere.example#127.0.0.1', '%6cocalhost', 'elsewhere.localhost', '\u00e4.example', '127.0.0.1\\@x'],
  ),
)

const origins = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.constantFrom(...parts(true, SHOP, 'http://HOST')) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...parts(
        false,
        ...[
          'null',
          '',
          'https://elsewhere.example',
          'http://shop.example',
          `${SHOP}:8443`,
          `${SHOP}.`,
          `${SHOP}/`,
          `${SHOP}.elsewhere.example`,
        ],
        ...[
          'https://x.shop.example',
          'https://xshop.example',
          'https://SHOP.example',
          'HTTPS://shop.example',
          'https://xn--shp-fka.example',
        ],
        ...[
          'chrome-extension://HOST',
          'file://',
          'data:',
          'blob:http://HOST',
          'http://HOST/',
          'http://HOST.',
          'http://HOST@elsewhere.example',
        ],
        ...[
          'http://elsewhere.example@HOST',
          'http://HOST, http://elsewhere.example',
          `${SHOP}, ${SHOP}`,
          'http://127.0.0.1:1',
          '*',
          'http://HOST:1',
        ],
        ...[
          'http://[::ffff:127.0.0.1]:PORT',
          'http://2130706433:PORT',
          'http://0.0.0.0:PORT',
          'http://127.1:PORT',
          'http:HOST',
          '//HOST',
        ],
      ),
    ),
  },
)

const types = someOf(
  parts(true, 'application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/json;charset=utf-7'),
  parts(
    false,
    ...[
      'text/plain',
      'text/plain; application/json',
      'text/plain;charset=application/json',
      'application/x-www-form-urlencoded',
      '',
    ],
    ...[
      'multipart/form-data; boundary=x',
      'application/graphql',
      'application/jsonp',
      'application/json, text/plain',
      'application/json/x',
    ],
    ...['application/graphql+json', 'text/json', '*/*', 'application/vnd.api+json', ';application/json'],
  ),
)

const bodies = someOf(
  parts(true, JSON.stringify({ query: MUTATION }), ` \n${JSON.stringify({ query: MUTATION, variables: { __proto__: null } })}`),
  parts(
    false,
    ...[`query=${IN_ADDRESS}`, MUTATION, '', `[${JSON.stringify({ query: MUTATION })}]`, JSON.stringify(MUTATION)],
    `--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: MUTATION })}\r\n--x--\r\n`,
  ),
)

/** Headers that decide nothing about whether an operation runs, though a proxy or another server may listen to them. */
const others = fc.subarray([
  ...['X-HTTP-Method-Override: POST', 'X-Method-Override: POST', 'X-Original-URL: /graphql', 'X-Rewrite-URL: /graphql'],
  ...[
    'X-Forwarded-Host: 127.0.0.1',
    'X-Forwarded-Proto: https',
    'X-Forwarded-For: 127.0.0.1',
    'Forwarded: host=localhost;proto=https',
  ],
  ...['Cookie: a=b', 'Referer: http://127.0.0.1/graphql', 'Access-Control-Request-Private-Network: true', 'X-Requested-With: x'],
  ...['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: authorization', 'Accept-Encoding: gzip'],
])
const accepts = fc.constantFrom(
  ...['', '*/*', 'text/html', 'text/html', 'application/json', 'text/event-stream', 'multipart/mixed'],
)
const fetchMetadata = fc.record(
  {
    'Sec-Fetch-Site': fc.constantFrom('cross-site', 'same-site', 'same-origin', 'none'),
    'Sec-Fetch-Mode': fc.constantFrom('cors', 'no-cors', 'navigate', 'websocket'),
    'Sec-Fetch-Dest': fc.constantFrom('document', 'iframe', 'empty', 'image', 'script'),
    'Sec-Purpose': fc.constantFrom('prefetch', 'prefetch;prerender'),
  },
  { requiredKeys: [] },
)
const UPGRADE = [
  ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
  'Sec-WebSocket-Protocol: graphql-transport-ws',
]

const requests = fc.record({
  method: methods,
  target: targets,
  host: hosts,
  origin: origins,
  secondOrigin: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constant(SHOP) }),
  type: types,
  body: bodies,
  isChunked: fc.boolean(),
  upgrades: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  accept: accepts,
  fetchMetadata,
  others,
})

type Request = typeof requests extends fc.Arbitrary<infer R> ? R : never

/** The request as bytes. */
function textOf(request: Request, port: string): string {
  const { method, target, host, origin, secondOrigin, type, body, isChunked, upgrades, accept, fetchMetadata, others } = request
  const head = [
    `${method.text} ${target.text} HTTP/1.1`,
    `Host: ${host.text}`,
    ...(origin ? [`Origin: ${origin.text.replace('HOST', host.text.toLowerCase())}`] : []),
    ...(secondOrigin === undefined ? [] : [`Origin: ${secondOrigin}`]),
    `Content-Type: ${type.text}`,
    ...(accept === '' ? [] : [`Accept: ${accept}`]),
    ...Object.entries(fetchMetadata).map(([name, value]) => `${name}: ${value}`),
    ...others,
    ...(upgrades ? UPGRADE : ['Connection: close']),
    isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${Buffer.byteLength(body.text)}`,
  ]
  const sent = isChunked
    ? `${Buffer.byteLength(body.text).toString(16)}\r\n${body.text}\r\n${body.text === '' ? '' : '0\r\n\r\n'}`
    : body.text
  return `${head.join('\r\n')}\r\n\r\n${sent}`.replaceAll(/PORT/gi, port)
}

/** Sends bytes. @returns what comes back, up to the end, or to the start of a WebSocket */
async function answerTo(text: string, port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1', () => socket.write(text))
  const received: Buffer[] = []
  socket.on('data', (bytes) => {
    received.push(bytes)
    // A WebSocket, or an event stream that is over: the connection stays open.
    if (received.length === 1 && bytes.subarray(0, 12).toString() === 'HTTP/1.1 101') socket.destroy()
    if (bytes.subarray(-5).toString() === '0\r\n\r\n') socket.destroy()
  })
  socket.on('error', () => {})
  await once(socket, 'close')
  return Buffer.concat(received).toString('latin1')
}

it(
  'runs no operation and lets no page read anything, unless its origin is own or allowed and the host is',
  async () => {
    const service = await openTestService()
    const record = vi.spyOn(service.ingest, 'record')
    const { logger, lines } = keptLog()
    const network = { ALLOWED_ORIGINS: [SHOP], ALLOWED_HOSTS: [NAME] }
    const { url } = await serve(service, { graphiql: true, logger, network })
    const { port } = new URL(url)
    const seen = { ran: 0, upgraded: 0, refused: 0, readable: 0, console: 0 }
    const property = fc.asyncProperty(requests, async (request) => {
      const { method, target, host, origin, secondOrigin, type, body, upgrades } = request
      record.mockClear()
      const answer = await answerTo(textOf(request, port), Number(port))
      const [, status] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? []
      const ran = record.mock.calls.length > 0
      const own = origin ?? (secondOrigin === undefined ? undefined : { text: secondOrigin, isRight: true })
      const isOriginRight = own === undefined || (own.isRight && (origin === undefined || secondOrigin === undefined))
      const isAllowed = host.isRight && isOriginRight
      const isRight = isAllowed && method.isRight && target.isRight && type.isRight && body.isRight && !upgrades
      expect(ran).toBe(isRight)
      const asksNothing = method.text === 'GET' && upgrades && target.isRight && isAllowed
      expect(status === '101').toBe(asksNothing)
      const isPermitted = isAllowed && target.isRight && ((method.isRight && type.isRight) || method.text === 'GET')
      const isConsole = status === '200' && /^content-type: text\/html/im.test(answer)
      if (!isPermitted) expect(isConsole || answer.includes('"data"')).toBe(false)
      const readers = [...answer.matchAll(/^access-control-allow-origin: (.*)\r$/gim)].map(([, value]) => value)
      expect(readers).toEqual(isOriginRight && own?.text === SHOP && readers.length > 0 ? [SHOP] : [])
      expect(answer).not.toMatch(/access-control-allow-credentials/i)
      if (ran) seen.ran++
      if (status === '101') seen.upgraded++
      if (!isAllowed) seen.refused++
      if (readers.length > 0) seen.readable++
      if (isConsole) seen.console++
    })
    await checkProperty(property, RUNS)
    expect(lines.filter(({ level }) => (level as number) >= 40)).toEqual([])
    // Each kind came up, or this property says nothing about it.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0)
  },
  PROPERTY_MS,
)
