import { once } from 'node:events'
import { type IncomingMessage, request as openRequest } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, createGunzip, gunzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { Service } from '../../src/service/service.ts'
import { countFollowers } from '../support/followers.ts'
import { post } from '../support/graphql-client.ts'
import { openTestService, serve } from '../support/server.ts'
import { RECOMMEND, RECORD } from '../support/slate-answer.ts'

const SUBSCRIBE = `subscription ($input: RecommendationsInput!) {
  recommendations(input: $input, minIntervalMs: 0) { version items { item { itemId attribute(name: "title") } reason { text } } }
}`
const variables = { input: { userId: 'me', first: 20 } }

/** A shop whose slates of 20 have some kilobytes. */
async function openShop(): Promise<Service> {
  const service = await openTestService()
  const attributes = (n: number) => ({ title: `Shirt number ${n} of a good cloth, with long sleeves` })
  await service.uploads.upsertItems(Array.from({ length: 60 }, (_, n) => ({ itemId: `i${n}`, attributes: attributes(n) })))
  return service
}

async function open(url: string, body: object, headers: Record<string, string>): Promise<IncomingMessage> {
  const request = openRequest(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } })
  onTestFinished(() => void request.destroy())
  request.end(JSON.stringify(body))
  const [response] = await once(request, 'response')
  return response
}

/** A socket that has sent `connection_init` and a subscription, with what came on it. */
async function subscribe(url: string, options: { perMessageDeflate?: boolean; extensions?: string } = {}) {
  const { perMessageDeflate = true, extensions } = options
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', {
    perMessageDeflate,
    ...(extensions && { headers: { 'sec-websocket-extensions': extensions } }),
  })
  onTestFinished(() => socket.terminate())
  const opened = once(socket, 'open')
  const [upgrade] = (await once(socket, 'upgrade')) as [IncomingMessage]
  await opened
  // Bytes on the wire: ws itself counts what it has read only after decompression.
  const bytesRead = () => upgrade.socket.bytesRead
  const next = async () => {
    const before = bytesRead()
    const [data] = (await once(socket, 'message')) as [Buffer]
    return { text: String(data), plain: data.length, onTheWire: bytesRead() - before }
  }
  const acknowledged = next()
  socket.send('{"type":"connection_init"}')
  await acknowledged
  const first = next()
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIBE, variables } }))
  return { socket, next, first: await first, agreed: upgrade.headers['sec-websocket-extensions'] }
}

describe('answers over HTTP', () => {
  const decoders = { br: brotliDecompressSync, gzip: gunzipSync }
  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.1', 'gzip'],
  ] as const)('are compressed for a client that accepts %s', async (accepted, expected) => {
    const { url } = await serve(await openShop())
    const response = await open(url, { query: RECOMMEND, variables }, { 'accept-encoding': accepted })
    expect(response.headers).toMatchObject({ 'content-encoding': expected, vary: 'Accept-Encoding' })
    const body = await buffer(response)
    expect(Number(response.headers['content-length'] ?? body.length)).toBe(body.length)
    const plain = decoders[expected](body)
    expect(body.length * 3).toBeLessThan(plain.length)
    expect(JSON.parse(String(plain)).data.recommendations.items).toHaveLength(20)
  })

  it.each([
    ['a client that accepts no compression', undefined, 20],
    ['a client that refuses each', 'gzip;q=0, br;q=0, identity', 20],
    ['an answer below 1 KB', 'gzip, br', 1],
  ])('are sent uncompressed to %s', async (_, accepted, first) => {
    const { url } = await serve(await openShop())
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted }
    const response = await open(
      url,
      { query: RECOMMEND, variables: { input: { userId: 'me', first } } },
      headers as Record<string, string>,
    )
    expect(response.headers['content-encoding']).toBeUndefined()
    expect(JSON.parse(String(await buffer(response))).data.recommendations.items).toHaveLength(first)
  })

  it('are sent uncompressed if COMPRESSION is off', async () => {
    const { url } = await serve(await openShop(), { network: { COMPRESSION: false } })
    const response = await open(url, { query: RECOMMEND, variables }, { 'accept-encoding': 'gzip' })
    expect(response.headers['content-encoding']).toBeUndefined()
    expect((await subscribe(url)).agreed).toBeUndefined()
  })
})

describe('an event stream', () => {
  it('is compressed, and each message arrives when it is sent', async () => {
    const { url } = await serve(await openShop())
    const headers = { accept: 'text/event-stream', 'accept-encoding': 'gzip' }
    const response = await open(url, { query: SUBSCRIBE, variables }, headers)
    expect(response.headers['content-encoding']).toBe('gzip')
    const text = response.pipe(createGunzip())
    let arrived = ''
    const until = async (wanted: RegExp) => {
      while (!wanted.test(arrived)) arrived += String((await once(text, 'data'))[0])
      arrived = ''
    }
    await until(/data: \{"data".*\}\n\n/)
    for (let event = 0; event < 3; event++) {
      await post(url, RECORD, { input: { userId: 'me', eventType: 'view', itemId: 'i1' } })
      await until(/data: \{"data".*\}\n\n/)
    }
  })

  it('ends its subscription when the client leaves', async () => {
    const service = await openShop()
    const followers = countFollowers(service.signals)
    const { url } = await serve(service, { network: { COMPRESSION_MB: 1 } })
    const headers = { accept: 'text/event-stream', 'accept-encoding': 'gzip' }
    // 1 MiB has room for seven: the memory of each that left is free again.
    for (let stream = 0; stream < 20; stream++) {
      const response = await open(url, { query: SUBSCRIBE, variables }, headers)
      await once(response, 'data')
      expect(response.headers['content-encoding']).toBe('gzip')
      // The first bytes come before the user is followed.
      await expect.poll(() => followers.total).toBe(stream + 1)
      response.destroy()
      await expect.poll(() => followers.count).toBe(0)
    }
  })

  it('is sent uncompressed if the memory for compression is used up', async () => {
    const { url } = await serve(await openShop(), { network: { COMPRESSION_MB: 0 } })
    const response = await open(url, { query: SUBSCRIBE, variables }, { accept: 'text/event-stream', 'accept-encoding': 'gzip' })
    expect(response.headers['content-encoding']).not.toBe('gzip')
    expect(String((await once(response, 'data'))[0])).toMatch(/^:/)
  })
})

describe('a WebSocket', () => {
  it('shares the context of its messages: the second slate costs less than the first', async () => {
    const { url } = await serve(await openShop())
    const { first, next, agreed } = await subscribe(url)
    expect(agreed).toContain('client_no_context_takeover')
    expect(agreed).not.toContain('server_no_context_takeover')
    expect(first.onTheWire * 3).toBeLessThan(first.plain)
    const second = next()
    await post(url, RECORD, { input: { userId: 'me', eventType: 'view', itemId: 'i1' } })
    const { text, plain, onTheWire } = await second
    expect(JSON.parse(text).payload.data.recommendations.items).toHaveLength(20)
    expect(onTheWire * 6).toBeLessThan(plain)
  })

  it('is served uncompressed when the memory for compression is used up, and compressed when some is free again', async () => {
    const { url } = await serve(await openShop(), { network: { COMPRESSION_MB: 1 } })
    const sockets = await Promise.all(Array.from({ length: 7 }, () => subscribe(url)))
    for (const { agreed } of sockets) expect(agreed).toContain('permessage-deflate')
    const eighth = await subscribe(url)
    expect(eighth.agreed).toBeUndefined()
    expect(eighth.first.onTheWire).toBeGreaterThan(eighth.first.plain)
    const closed = once(sockets[0].socket, 'close')
    sockets[0].socket.close()
    await closed
    await expect.poll(async () => (await subscribe(url)).agreed).toContain('permessage-deflate')
  })

  it('is served uncompressed to a client that does not offer compression, or offers only an unsupported window', async () => {
    const { url } = await serve(await openShop())
    expect((await subscribe(url, { perMessageDeflate: false })).agreed).toBeUndefined()
    const small = 'permessage-deflate; server_max_window_bits=9'
    expect((await subscribe(url, { perMessageDeflate: false, extensions: small })).agreed).toBeUndefined()
  })

  it('closes with 1009 on a small frame that inflates to more bytes than a message may have', async () => {
    const { url } = await serve(await openShop())
    const { socket } = await subscribe(url)
    const closed = once(socket, 'close')
    socket.send('x'.repeat(8 * 1024 * 1024))
    expect((await closed)[0]).toBe(1009)
  })
})
