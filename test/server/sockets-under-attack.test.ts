import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { PassThrough, type Readable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { eventually } from '../support/eventually.ts'
import { post } from '../support/graphql-client.ts'
import { openSocket } from '../support/raw-socket.ts'
import { openTestService, serve } from '../support/server.ts'

async function initialise(socket: WebSocket): Promise<void> {
  const acknowledged = once(socket, 'message')
  socket.send('{"type":"connection_init"}')
  await acknowledged
}

async function lineThatSays(log: Readable, message: string): Promise<void> {
  for await (const line of createInterface({ input: log })) if (line.includes(message)) return
}

const SUBSCRIBE = JSON.stringify({
  id: 'a',
  type: 'subscribe',
  payload: { query: 'subscription { userFeatures(userId: "u") { version } }' },
})

describe('a socket', () => {
  it.each([false, true])(
    'that pings and never reads is closed with 4508 (compressed: %s): it ended the process',
    async (perMessageDeflate) => {
      const log = new PassThrough()
      const { url } = await serve(await openTestService(), { logger: pino({ level: 'debug' }, log) })
      const socket = await openSocket(url, { perMessageDeflate })
      await initialise(socket)
      const closed = once(socket, 'close')
      socket.pause()
      const ping = JSON.stringify({ type: 'ping', payload: { x: randomBytes(30_000).toString('hex') } })
      const noticed = lineThatSays(log, 'a WebSocket client reads too slowly')
      let isNoticed = false
      void noticed.then(() => {
        isNoticed = true
      })
      // How much the system holds for a connection, before the service has to, differs from machine to machine.
      while (!isNoticed) await new Promise((sent) => socket.send(ping, sent))
      expect(await post(url, '{ __typename }')).toEqual({ data: { __typename: 'Query' } })
      socket.resume()
      const [code] = await closed
      expect(code).toBe(4508)
    },
  )

  it.each([
    ['whole', false],
    ['whole', true],
    ['in fragments that never end', false],
  ])(
    'whose client is not authenticated can send 16 KiB, %s (compressed: %s): 300 such sockets took 700 MB',
    async (how, perMessageDeflate) => {
      const { url } = await serve(await openTestService())
      const socket = await openSocket(url, { perMessageDeflate })
      const closed = once(socket, 'close')
      if (how === 'whole') socket.send('x'.repeat(20_000))
      else for (let n = 0; n < 2; n++) socket.send('x'.repeat(10_000), { fin: false })
      expect((await closed)[0]).toBe(1009)
    },
  )

  it('whose client is not authenticated is compressed only if few such sockets are: each may keep 2 MiB', async () => {
    const { url } = await serve(await openTestService())
    const compressed = ({ extensions }: WebSocket) => extensions.includes('permessage-deflate')
    const sockets = await Promise.all(Array.from({ length: 40 }, () => openSocket(url)))
    expect(sockets.filter(compressed)).toHaveLength(32)
    const closed = once(sockets[0], 'close')
    for (let n = 0; n < 3; n++) sockets[0].send('x'.repeat(1_000_000), { fin: false })
    expect((await closed)[0]).toBe(1009)
    expect(compressed(await openSocket(url))).toBe(false)
    await initialise(sockets[1])
    expect(compressed(await openSocket(url))).toBe(true)
  })

  it.each([false, true])('whose client is authenticated can send more (compressed: %s)', async (perMessageDeflate) => {
    const { url } = await serve(await openTestService())
    const socket = await openSocket(url, { perMessageDeflate })
    await initialise(socket)
    const answered = once(socket, 'message')
    socket.send(JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(1_000_000) } }))
    expect(String((await answered)[0])).toContain('"pong"')
  })

  it.each([
    ['a frame that is no message', 4400, ['no message']],
    ['a message of no known type', 4400, ['{"type":"__proto__"}']],
    ['a message that only a server sends', 4400, ['{"type":"connection_init"}', '{"id":"1","type":"next","payload":{}}']],
    ['an operation before connection_init', 4401, [SUBSCRIBE]],
    ['a flood of connection_init', 4429, Array(50).fill('{"type":"connection_init"}')],
    ['a message over 2 MiB', 1009, ['x'.repeat(2_200_000)]],
  ])('is closed after %s', async (_, expected, messages) => {
    const { url } = await serve(await openTestService())
    const socket = await openSocket(url)
    const closed = once(socket, 'close')
    for (const message of messages) socket.send(message)
    expect((await closed)[0]).toBe(expected)
    expect(await post(url, '{ __typename }')).toEqual({ data: { __typename: 'Query' } })
  })

  it('stays open after a subscription whose directive has an argument of another type', async () => {
    const { url } = await serve(await openTestService())
    const socket = await openSocket(url)
    await initialise(socket)
    const query = 'subscription { recommendations(input: { userId: "me" }) { version @include(if: 7) } tookMs @skip(if: "no") }'
    const answered = once(socket, 'message')
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
    expect(JSON.parse(String((await answered)[0]))).toMatchObject({ id: '1', type: 'error' })
    expect(socket.readyState).toBe(socket.OPEN)
  })

  it('is closed if two operations have the same id', async () => {
    const { url } = await serve(await openTestService())
    const socket = await openSocket(url)
    await initialise(socket)
    const closed = once(socket, 'close')
    for (const message of [SUBSCRIBE, SUBSCRIBE]) socket.send(message)
    expect((await closed)[0]).toBe(4409)
  })

  const slates = 'subscription { recommendations(input: { userId: "me" }, refreshEveryMs: 100) { recommendationId } }'
  const subscribe = (query: string) => JSON.stringify({ id: 'same', type: 'subscribe', payload: { query } })
  const complete = JSON.stringify({ id: 'same', type: 'complete' })

  it('is closed if the id of an operation that is not over is reused, and leaves no stream behind: each made slates for ever', async () => {
    const service = await openTestService()
    const { url } = await serve(service)
    const socket = await openSocket(url)
    await initialise(socket)
    const closed = once(socket, 'close')
    for (let n = 0; n < 20; n++) {
      socket.send(subscribe(slates))
      socket.send(complete)
    }
    expect((await closed)[0]).toBe(4409)
    const subscribers = async () => post(url, '{ status { subscribers } }')
    await eventually(async () => expect(await subscribers()).toEqual({ data: { status: { subscribers: 0 } } }))
  })
})
