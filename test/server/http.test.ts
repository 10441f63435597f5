import { once } from 'node:events'
import { request as openRequest } from 'node:http'
import { connect as openConnection } from 'node:net'
import { json } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { LiverankError, UnavailableError } from '../../src/errors.ts'
import { failedInvariants } from '../../src/invariant.ts'
import { post } from '../support/graphql-client.ts'
import { keptLog, openTestService, serve } from '../support/server.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }
const INTROSPECT = '{ __schema { queryType { name } } }'

/** Sends bytes as they are on a connection of their own, and reads until it is closed or the first answer is there. */
async function sendRaw(url: string, text: string): Promise<string> {
  const { port, hostname } = new URL(url)
  const connection = openConnection(Number(port), hostname)
  connection.write(text)
  const [answer] = await once(connection, 'data')
  connection.destroy()
  return String(answer)
}

async function code(response: Response): Promise<[number, unknown]> {
  const body = (await response.json()) as { errors: { extensions: { code: string } }[] }
  return [response.status, body.errors[0].extensions.code]
}

describe('the HTTP server', () => {
  it('answers an unknown field with a validation error', async () => {
    const { url } = await serve(await openTestService())
    expect(await post(url, '{ nothing }')).toEqual({
      errors: [
        { message: expect.stringContaining('Cannot query field "nothing"'), extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
      ],
    })
  })

  it('keeps an idle connection for longer than balancers: requests failed that arrived while it closed one', async () => {
    const { url } = await serve(await openTestService())
    const answer = await sendRaw(url, `GET /health HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`)
    // What Caddy keeps one for, the longest of those that are in wide use.
    const [, seconds] = /^Keep-Alive: timeout=(\d+)/im.exec(answer) ?? []
    expect(Number(seconds)).toBeGreaterThan(120)
  })

  it('answers an operation that it cannot parse with an error', async () => {
    const { url } = await serve(await openTestService())
    expect(await post(url, '{')).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] })
    const notJson = await fetch(url, { method: 'POST', headers: JSON_HEADERS, body: '{' })
    expect(notJson.status).toBe(400)
  })

  it('refuses a body over 4 MiB with 413, and accepts a smaller one', async () => {
    const { url } = await serve(await openTestService())
    const bodyOf = (bytes: number) => {
      const frame = JSON.stringify({ query: '{ __typename }', variables: { padding: '' } })
      return frame.replace('"padding":""', `"padding":"${'x'.repeat(bytes - frame.length)}"`)
    }
    const limit = 4 * 1024 * 1024
    const fits = await fetch(url, { method: 'POST', headers: JSON_HEADERS, body: bodyOf(limit) })
    expect(await fits.json()).toEqual({ data: { __typename: 'Query' } })
    const tooLong = await fetch(url, { method: 'POST', headers: JSON_HEADERS, body: bodyOf(limit + 1) })
    expect(await code(tooLong)).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  })

  it('accepts a body in chunks up to 4 MiB, and refuses a longer one with 413 without reading the rest', async () => {
    const { url } = await serve(await openTestService())
    const send = async (chunks: readonly string[]) => {
      const headers = { ...JSON_HEADERS, 'transfer-encoding': 'chunked' }
      const request = openRequest(url, { method: 'POST', headers })
      onTestFinished(() => void request.destroy())
      for (const chunk of chunks) request.write(chunk)
      const [response] = await once(request.end(), 'response')
      return { status: response.statusCode, body: await json(response) }
    }
    const answer = { status: 200, body: { data: { __typename: 'Query' } } }
    expect(await send(['{"query":', '"{ __typename }"}'])).toEqual(answer)
    const frame = '{"query":"{ __typename }","variables":{"padding":""}}'
    const padded = frame.replace('""', `"${'x'.repeat(4 * 1024 * 1024 - frame.length)}"`)
    const chunks = padded.match(/.{1,100000}/gs) ?? []
    expect(await send(chunks)).toEqual(answer)
    expect(await send([...chunks, ' '])).toMatchObject({
      status: 413,
      body: { errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }] },
    })
  })

  it('survives a client that leaves in the middle of a body in chunks', async () => {
    const { url } = await serve(await openTestService())
    const { hostname, port } = new URL(url)
    for (let client = 0; client < 20; client++) {
      const connection = openConnection(Number(port), hostname)
      await once(connection, 'connect')
      const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
      connection.write(`${head}5\r\n{"que\r\n`)
      connection.resetAndDestroy()
    }
    expect(await post(url, '{ __typename }')).toEqual({ data: { __typename: 'Query' } })
  })

  it('refuses a compressed body with 415, and a request without a body with 400', async () => {
    const { url } = await serve(await openTestService())
    const headers = { ...JSON_HEADERS, 'content-encoding': 'gzip' }
    const compressed = await fetch(url, { method: 'POST', headers, body: gzipSync('{"query":"{ __typename }"}') })
    expect(await code(compressed)).toEqual([415, 'BAD_USER_INPUT'])
    expect(await code(await fetch(url, { method: 'POST', headers: JSON_HEADERS }))).toEqual([400, 'BAD_REQUEST'])
  })

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', undefined])(
    'refuses a body of type %s, which a form of another site could send, with 415',
    async (type) => {
      const service = await openTestService()
      const record = vi.spyOn(service.ingest, 'record')
      const { url } = await serve(service)
      const mutation = 'mutation { recordEvent(input: { userId: "u", eventType: "view" }) { __typename } }'
      const body = new TextEncoder().encode(`query=${encodeURIComponent(mutation)}`)
      const response = await fetch(url, { method: 'POST', headers: type === undefined ? {} : { 'content-type': type }, body })
      expect(await code(response)).toEqual([415, 'BAD_USER_INPUT'])
      expect(record).not.toHaveBeenCalled()
    },
  )

  it.each(['application/json; charset=utf-8', 'application/JSON', 'Application/Json ; Charset=UTF-8'])(
    'accepts JSON whatever the case and the parameters of its content type are: %s',
    async (type) => {
      const { url } = await serve(await openTestService())
      const body = '{"query":"{ __typename }"}'
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
    },
  )

  it('permits no changes by GET', async () => {
    const service = await openTestService()
    const record = vi.spyOn(service.ingest, 'record')
    const { url } = await serve(service)
    const query = 'mutation { recordEvent(input: { userId: "u", eventType: "view" }) { __typename } }'
    expect((await fetch(`${url}?query=${encodeURIComponent(query)}`)).status).toBe(405)
    expect(record).not.toHaveBeenCalled()
  })

  it.each([false, true])('serves operations only by POST, even if GraphiQL is served (%s)', async (graphiql) => {
    const service = await openTestService()
    const { url } = await serve(service, { graphiql })
    const query = `${url}?query=${encodeURIComponent('{ status { version } }')}`
    const requests = [
      fetch(query),
      fetch(query, { headers: { accept: 'text/event-stream' } }),
      fetch(query, { headers: { accept: 'application/json' } }),
      fetch(url, { method: 'PUT', headers: JSON_HEADERS, body: '{}' }),
      fetch(url, { method: 'OPTIONS' }),
    ]
    for (const response of await Promise.all(requests)) {
      expect(response.headers.get('allow')).toBe('POST')
      expect(await code(response)).toEqual([405, 'BAD_USER_INPUT'])
    }
    // The page takes the query from the address and does not run it.
    const read = vi.spyOn(service.status, 'read')
    const page = await fetch(query, { headers: { accept: 'text/html' } })
    expect(page.status).toBe(graphiql ? 200 : 405)
    expect(read).not.toHaveBeenCalled()
  })

  it.each(['/graphql/', '/', '/a/b?x=/graphql', '/graphql%2f', '//graphql', '/GRAPHQL'])(
    'answers 404 at another path, and runs and logs nothing: %s',
    async (path) => {
      const { logger, lines } = keptLog()
      const { url } = await serve(await openTestService(), { graphiql: true, logger })
      const address = `${new URL(url).origin}${path}`
      const query = `${address}${path.includes('?') ? '&' : '?'}query=${encodeURIComponent('query { __typename }')}`
      const requests = [
        fetch(query),
        fetch(query, { headers: { accept: 'text/event-stream' } }),
        fetch(address, { headers: { accept: 'text/html' } }),
        fetch(address, { method: 'POST', headers: JSON_HEADERS, body: '{"query":"{ __typename }"}' }),
      ]
      for (const response of await Promise.all(requests)) expect(await code(response)).toEqual([404, 'BAD_USER_INPUT'])
      expect(lines.filter(({ level }) => (level as number) >= 40)).toEqual([])
    },
  )

  it('serves GraphiQL to no frame and no script, and not again to a browser that has cached it', async () => {
    const { url } = await serve(await openTestService(), { graphiql: true })
    const get = (address: string, headers: Record<string, string>) =>
      fetch(address, { headers: { accept: 'text/html', ...headers }, redirect: 'manual' })
    for (const destination of ['iframe', 'frame', 'embed', 'object', 'empty', 'script', 'image'])
      expect(await code(await get(url, { 'sec-fetch-dest': destination }))).toEqual([403, 'FORBIDDEN'])
    for (const headers of [{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
      const response = await get(`${url}?query={x}`, headers)
      expect([response.status, new URL(response.headers.get('location')!, url).href]).toEqual([303, url])
    }
    expect((await get(`${url}?query={x}`, { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' })).status).toBe(200)
    const page = await get(url, { 'accept-encoding': 'br' })
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-encoding': 'br',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'sha256-[^;]+; .*frame-ancestors 'none'$/,
      ),
      'cross-origin-opener-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    const text = await page.text()
    const etag = page.headers.get('etag')!
    expect((await get(url, { 'accept-encoding': 'br', 'if-none-match': etag })).status).toBe(304)
    for (const encoding of ['gzip', 'identity']) {
      const other = await get(url, { 'accept-encoding': encoding, 'if-none-match': etag })
      expect(other.status).toBe(200)
      expect((await other.text()) === text).toBe(true)
    }
    const plain = await serve(await openTestService(), { graphiql: true, network: { COMPRESSION: false } })
    expect((await get(plain.url, { 'accept-encoding': 'br' })).headers.get('content-encoding')).toBeNull()
  })

  it('gives no page of another site access', async () => {
    const { url } = await serve(await openTestService())
    const headers = { ...JSON_HEADERS, origin: 'https://elsewhere.example' }
    const response = await fetch(url, { method: 'POST', headers, body: '{"query":"{ __typename }"}' })
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('allows introspection and serves a console only if the settings say so', async () => {
    const service = await openTestService()
    const closed = await serve(service)
    const open = await serve(service, { graphiql: true })
    const page = (url: string) => fetch(url, { headers: { accept: 'text/html' } })
    const refused = await post(closed.url, INTROSPECT)
    expect(refused.data).toBeUndefined()
    expect(refused.errors?.[0].message).toContain('introspection has been disabled')
    expect(await (await page(closed.url)).text()).not.toContain('<html')
    expect(await post(open.url, INTROSPECT)).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } })
    const console = await (await page(open.url)).text()
    expect(console).toContain('<title>Liverank</title>')
    const [, options] = /renderYogaGraphiQL\(\s*window\.document\.querySelector\('#root'\),\s*(\{.*\}),\n/.exec(console) ?? []
    const { defaultQuery } = JSON.parse(options)
    expect(await post(open.url, defaultQuery)).toEqual({ data: { recommendations: { version: expect.any(Number), items: [] } } })
    // What stands there to be pasted works too.
    const [mutation] = /^# mutation View[\s\S]*?^# }$/m.exec(defaultQuery) ?? []
    const answer = await post(open.url, mutation!.replaceAll(/^# ?/gm, ''))
    expect(answer).toEqual({ data: { recordEvent: { userVersion: expect.any(Number) } } })
  })

  it('masks defects, and logs them', async () => {
    const service = await openTestService()
    const { logger, lines } = keptLog()
    const { url } = await serve(service, { logger })
    const recommend = vi.spyOn(service.recommender, 'prepare')
    const query = '{ recommendations(input: { userId: "u" }) { version } }'
    recommend.mockRejectedValueOnce(new TypeError('secret'))
    const masked = {
      data: { recommendations: null },
      errors: [{ message: 'Unexpected error.', path: ['recommendations'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    }
    expect(await post(url, query)).toEqual(masked)
    expect(JSON.stringify(lines)).toContain('secret')
    // Also errors of ours that are none of a client's business.
    recommend.mockRejectedValueOnce(new LiverankError('MODEL_CONTRACT', 'secret'))
    expect(await post(url, query)).toEqual(masked)
    recommend.mockRejectedValueOnce(new UnavailableError('Send it again.'))
    expect(await post(url, query)).toEqual({
      data: { recommendations: null },
      errors: [{ message: 'Send it again.', path: ['recommendations'], extensions: { code: 'UNAVAILABLE' } }],
    })
  })

  it('reveals nothing internal to a nonsensical request', async () => {
    const { url } = await serve(await openTestService())
    for (const head of [
      'GET /graphql HTTP/1.1\r\nHost: [[[',
      'GET // HTTP/1.1\r\nHost: localhost',
      'GET /nothing HTTP/1.1\r\nHost: localhost',
    ]) {
      const answer = await sendRaw(url, `${head}\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1.1 40[04] /)
      expect(answer).not.toContain('    at ')
    }
    expect(await post(url, '{ __typename }')).toEqual({ data: { __typename: 'Query' } })
  })

  it('says whether it is alive and whether its store answers', async () => {
    const service = await openTestService()
    const { url } = await serve(service)
    const status = async (path: string) => {
      const response = await fetch(url.replace('graphql', path))
      return [response.status, await response.text()]
    }
    expect(await status('health')).toEqual([200, ''])
    // Of the whole process, which other tests share.
    const failedAssertions = Object.fromEntries(failedInvariants())
    const figures = { foldLagMs: 0, foldIsLate: false, poisonedEntries: 0, failedAssertions }
    const ready = (sourceDrops: object) => ({ ...figures, clockSteps: 0, sourceDrops, losses: 0, warnings: [] })
    expect(await status('ready')).toEqual([200, JSON.stringify(ready({}))])
    service.sourceHealth.dropped('weather', 'slow', undefined)
    const drops = { weather: { slow: 1, failed: 0 } }
    expect(await status('ready')).toEqual([200, JSON.stringify(ready(drops))])
    vi.spyOn(service.store, 'ping').mockRejectedValue(new UnavailableError('secret'))
    expect(await status('ready')).toEqual([503, ''])
    expect(await status('health')).toEqual([200, ''])
  })
})
