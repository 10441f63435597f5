import { once } from 'node:events'
import { type IncomingMessage, request as openRequest } from 'node:http'
import type { Socket } from 'node:net'
import { json } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { Origins } from '../../src/server/origins.ts'
import { readConfig } from '../../src/service/config.ts'
import { NETWORK_DEFAULTS, type NetworkSettings } from '../../src/settings/network-settings.ts'
import { keptLog, openTestService, serve } from '../support/server.ts'

const SHOP = 'https://shop.example'
const OTHER = 'https://elsewhere.example'

/** A request with headers that a browser or `fetch` would not let a page set. */
async function send(url: string, method: string, headers: Record<string, string>, path = '/graphql') {
  const request = openRequest(new URL(path, url), { method, headers })
  onTestFinished(() => void request.destroy())
  request.end(method === 'POST' ? '{"query":"{ __typename }"}' : undefined)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const text = response.headers['content-type']?.includes('json') ? await json(response) : undefined
  const body = text as { data?: unknown; errors?: { extensions: { code: string } }[] } | undefined
  return { status: response.statusCode, headers: response.headers, code: body?.errors?.[0].extensions.code, data: body?.data }
}

const post = (url: string, headers: Record<string, string>) =>
  send(url, 'POST', { 'content-type': 'application/json', ...headers })

/** What the service answers to an upgrade: 101, or the status of a refusal. */
function upgrade(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', { headers })
  onTestFinished(() => socket.terminate())
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    socket.on('error', reject)
  })
}

describe('a page of another origin', () => {
  it('may use the service over HTTP and WebSocket if its origin is listed, and may read refusals too', async () => {
    const { url } = await serve(await openTestService(), { network: { ALLOWED_ORIGINS: [SHOP] } })
    const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,authorization' }
    const preflight = await send(url, 'OPTIONS', { origin: SHOP, ...asked })
    expect(preflight).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': SHOP, 'access-control-allow-methods': 'POST' },
    })
    expect(preflight.headers['access-control-allow-headers']).toBe('content-type,authorization')
    const answer = await post(url, { origin: SHOP })
    expect(answer).toMatchObject({
      status: 200,
      data: { __typename: 'Query' },
      headers: { 'access-control-allow-origin': SHOP, vary: 'Origin' },
    })
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined()
    const refused = await post(url, { origin: SHOP, 'content-encoding': 'gzip' })
    expect(refused).toMatchObject({ status: 415, headers: { 'access-control-allow-origin': SHOP } })
    const stream = await send(url, 'POST', { origin: SHOP, 'content-type': 'application/json', accept: 'text/event-stream' })
    expect(stream).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': SHOP } })
    expect(await upgrade(url, { origin: SHOP })).toBe(101)
  })

  it.each([
    OTHER,
    'null',
    'http://shop.example',
    'https://shop.example:8443',
    'https://shop.example.elsewhere.example',
    'https://SHOP.example/',
  ])('is refused on each transport if its origin is not listed: %s', async (origin) => {
    const { url } = await serve(await openTestService(), { network: { ALLOWED_ORIGINS: [SHOP] } })
    const preflight = await send(url, 'OPTIONS', { origin, 'access-control-request-method': 'POST' })
    expect([preflight.status, preflight.code]).toEqual([403, 'FORBIDDEN'])
    for (const accept of ['application/json', 'text/event-stream']) {
      const answer = await post(url, { origin, accept })
      expect([answer.status, answer.code]).toEqual([403, 'FORBIDDEN'])
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    }
    expect(await upgrade(url, { origin })).toBe(403)
  })

  it.each([
    'chrome-extension://HOST',
    'ftp://HOST',
    'http://HOST/',
    'http://HOST.',
    'http://HOST@elsewhere.example',
    'http://elsewhere.example@HOST',
    'http://HOST.elsewhere.example',
    'http://HOST, http://elsewhere.example',
    'http://127.0.0.1',
    'HTTP://HOST',
  ])('is refused if its origin only resembles that of the service: %s', async (form) => {
    const { url } = await serve(await openTestService())
    const origin = form.replace('HOST', new URL(url).host)
    expect((await post(url, { origin })).status).toBe(403)
    expect(await upgrade(url, { origin })).toBe(403)
  })

  it('does not include programs without an origin, and pages of the service itself', async () => {
    const { url } = await serve(await openTestService())
    expect((await post(url, {})).status).toBe(200)
    expect((await post(url, { origin: new URL(url).origin })).status).toBe(200)
  })
})

describe('the Host', () => {
  it.each([
    'elsewhere.example',
    'elsewhere.example:4000',
    'localhost.elsewhere.example',
    '127.0.0.1.elsewhere.example',
    'elsewhere.localhost',
  ])('of a page whose name resolves to the service (DNS rebinding) is refused on each transport: %s', async (host) => {
    const { url } = await serve(await openTestService())
    const origin = `http://${host}`
    for (const accept of ['application/json', 'text/event-stream']) {
      const answer = await post(url, { host, origin, accept })
      expect([answer.status, answer.code]).toEqual([421, 'FORBIDDEN'])
    }
    expect(await upgrade(url, { host, origin })).toBe(421)
    expect((await send(url, 'GET', { host }, '/health')).status).toBe(200)
  })

  it.each(['localhost/health?', 'elsewhere.example/ready?', 'elsewhere.example/health#', 'localhost@elsewhere.example', 'a b'])(
    'cannot bypass the checks with the path of a probe: %s',
    async (host) => {
      const { url } = await serve(await openTestService())
      const answer = await post(url, { host, origin: OTHER })
      expect([answer.status, answer.code]).toEqual([400, 'BAD_USER_INPUT'])
      expect((await send(url, 'GET', { host }, '/health')).status).toBe(400)
      expect(await upgrade(url, { host })).toBe(400)
    },
  )

  it.each(['/health?/graphql', '/health?x=/graphql/', `/health?query={__typename}&x=/graphql`, '/ready?/graphql'])(
    'cannot be bypassed at the path of a probe, which any name may request: %s',
    async (path) => {
      const { logger, lines } = keptLog()
      const { url } = await serve(await openTestService(), { logger })
      const host = 'elsewhere.example'
      const headers = { host, origin: `http://${host}`, 'content-type': 'application/json' }
      expect(await send(url, 'POST', headers, path)).toMatchObject({
        status: 405,
        headers: { allow: 'GET, HEAD' },
        data: undefined,
      })
      expect(await send(url, 'GET', { host }, path)).toMatchObject({ status: 200, data: undefined })
      expect(lines.filter(({ level }) => (level as number) >= 40)).toEqual([])
    },
  )

  it('can be an address, localhost or a listed name, with any port', async () => {
    const { url } = await serve(await openTestService(), { network: { ALLOWED_HOSTS: ['api.shop.example'] } })
    for (const host of [
      'localhost:1',
      '127.0.0.1',
      '[::1]:4000',
      '192.168.0.7:4000',
      'LOCALHOST',
      'api.shop.example',
      'api.shop.example:8443',
    ]) {
      expect((await post(url, { host })).status).toBe(200)
      expect(await upgrade(url, { host })).toBe(101)
    }
    expect((await post(url, { host: 'shop.example' })).status).toBe(421)
  })

  it('can be any name if * is listed', async () => {
    const { url } = await serve(await openTestService(), { network: { ALLOWED_HOSTS: ['*'] } })
    expect((await post(url, { host: 'elsewhere.example' })).status).toBe(200)
  })
})

describe('X-Forwarded-For', () => {
  const addressOf = (settings: Partial<NetworkSettings>, peer: string, forwarded?: string) => {
    const request = { socket: { remoteAddress: peer }, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage
    return new Origins({ ...NETWORK_DEFAULTS, ...settings }).addressOf(request)
  }

  it.each([
    ['is ignored without TRUST_PROXY', {}, '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['is ignored from a peer that is no proxy', { TRUST_PROXY: '10.0.0.0/8' }, '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['names the client behind a proxy', { TRUST_PROXY: '10.0.0.0/8' }, '10.0.0.5', '198.51.100.1', '198.51.100.1'],
    [
      'counts from the proxy on: what the client wrote before is not believed',
      { TRUST_PROXY: '10.0.0.0/8' },
      '10.0.0.5',
      '1.1.1.1, 198.51.100.1',
      '198.51.100.1',
    ],
    [
      'leads through several proxies',
      { TRUST_PROXY: 'loopback, 10.0.0.0/8' },
      '127.0.0.1',
      '1.1.1.1, 198.51.100.1, 10.0.0.7',
      '198.51.100.1',
    ],
    ['is believed for a number of proxies', { TRUST_PROXY: '1' }, '10.0.0.5', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['that is no address ends at the proxy', { TRUST_PROXY: '2' }, '10.0.0.5', 'unknown, 10.0.0.6', '10.0.0.6'],
    ['that is empty names nobody', { TRUST_PROXY: 'loopback' }, '127.0.0.1', undefined, '127.0.0.1'],
  ])('%s', (_, settings, peer, forwarded, expected) => {
    expect(addressOf(settings, peer, forwarded)).toBe(expected)
  })

  it('and -Proto of a trusted proxy decide whether a page has the origin of the service', async () => {
    const { url } = await serve(await openTestService(), {
      network: { TRUST_PROXY: 'loopback', ALLOWED_HOSTS: ['shop.example'] },
    })
    const host = 'shop.example'
    expect((await post(url, { host, origin: SHOP, 'x-forwarded-proto': 'https' })).status).toBe(200)
    expect((await post(url, { host, origin: 'http://shop.example', 'x-forwarded-proto': 'https' })).status).toBe(403)
    const untrusting = await serve(await openTestService(), { network: { ALLOWED_HOSTS: ['shop.example'] } })
    expect((await post(untrusting.url, { host, origin: SHOP, 'x-forwarded-proto': 'http' })).status).toBe(200)
  })
})

describe('the address that a connection counts for', () => {
  it.each<[string, Partial<NetworkSettings>, string, string | undefined]>([
    ['is that of the client', {}, '203.0.113.9', '203.0.113.9'],
    ['is the network of an IPv6 client', {}, '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['is an IPv4 address also in its IPv6 form', {}, '::ffff:203.0.113.9', '203.0.113.9'],
    ['is none on this machine', {}, '127.0.0.1', undefined],
    ['is none on this machine, with IPv6', {}, '::1', undefined],
    ['is none for a trusted proxy', { TRUST_PROXY: '10.0.0.0/8' }, '10.0.0.5', undefined],
    ['is that of a peer that is no trusted proxy', { TRUST_PROXY: '10.0.0.0/8' }, '203.0.113.9', '203.0.113.9'],
    ['is none behind a number of proxies', { TRUST_PROXY: '1' }, '203.0.113.9', undefined],
  ])('%s', (_, settings, remoteAddress, expected) => {
    expect(new Origins({ ...NETWORK_DEFAULTS, ...settings }).ownerOf({ remoteAddress } as Socket)).toBe(expected)
  })
})

describe('settings of origins', () => {
  it('are lists, and each wrong entry is named', () => {
    const read = readConfig({ ALLOWED_ORIGINS: ' https://a.example,http://localhost:3000 ,', ALLOWED_HOSTS: 'a.example' })
    expect(read).toMatchObject({ ALLOWED_ORIGINS: ['https://a.example', 'http://localhost:3000'], ALLOWED_HOSTS: ['a.example'] })
    for (const ALLOWED_ORIGINS of [
      ...['*', 'https://a.example/', 'a.example', 'https://A.example', 'null'],
      ...['https://*.example', 'ws://a.example'],
    ])
      expect(() => readConfig({ ALLOWED_ORIGINS })).toThrow('ALLOWED_ORIGINS')
    for (const ALLOWED_HOSTS of ['https://a.example', 'a.example:80', 'A.example', '*.example', '.example'])
      expect(() => readConfig({ ALLOWED_HOSTS })).toThrow('ALLOWED_HOSTS')
    for (const TRUST_PROXY of ['some', '10.0.0.0/99', '-1']) expect(() => readConfig({ TRUST_PROXY })).toThrow('TRUST_PROXY')
    for (const TRUST_PROXY of ['2', 'loopback', '10.0.0.0/8, fd00::/8'])
      expect(readConfig({ TRUST_PROXY }).TRUST_PROXY).toBe(TRUST_PROXY)
  })
})
