import { once } from 'node:events'
import { expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Service } from '../../src/service/service.ts'
import { onEachStore } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { type GraphQLClient, post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { connect, serve } from '../support/server.ts'
import { LIVE, RECORD, recordedOf, slateOf } from '../support/slate-answer.ts'

const IN_FLIGHT = 40

/** Holds back events that arrive, until they are let through. */
function holdEvents({ ingest }: Service): { arrived(count: number): Promise<void>; release: () => void } {
  const record = ingest.record.bind(ingest)
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let held = 0
  vi.spyOn(ingest, 'record').mockImplementation(async (...args) => {
    held++
    await released
    return record(...args)
  })
  onTestFinished(release)
  return { arrived: (count) => eventually(() => expect(held).toBe(count)), release }
}

function view(eventId: string): Record<string, unknown> {
  return { input: { eventId, userId: `u-${eventId}`, itemId: 'i1', eventType: 'view' } }
}

function httpClient(url: string): GraphQLClient {
  const subscribe = () => {
    throw new Error('HTTP without a stream has no subscriptions')
  }
  return { ask: (query, variables) => post(url, query, variables), subscribe, close: async () => {} }
}

onEachStore('a server that stops', (open) => {
  it.each([
    ['a WebSocket', webSocketClient],
    ['SSE', sseClient],
    ['HTTP', httpClient],
  ])(`answers running operations over %s, and records each event once`, async (_, make) => {
    const service = await open()
    const server = await serve(service)
    const client = connect<GraphQLClient>(make, server.url)
    const events = holdEvents(service)
    const ids = Array.from({ length: IN_FLIGHT }, (_, n) => `e${n}`)
    const answers = Promise.all(ids.map((id) => client.ask(RECORD, view(id))))
    await events.arrived(IN_FLIGHT)
    const closed = server.close()
    events.release()
    expect((await answers).map((answer) => recordedOf(answer).event.eventId)).toEqual(ids)
    await closed
    const again = await serve(service)
    for (const id of ids) expect(recordedOf(await post(again.url, RECORD, view(id))).duplicate).toBe(true)
  })

  it('closes a socket with 1001 only after its operations are answered, apart from subscriptions', async () => {
    const service = await open()
    const server = await serve(service)
    const events = holdEvents(service)
    const client = connect(webSocketClient, server.url)
    const slates = client.subscribe(LIVE, { input: { userId: 'me' } })
    expect(slateOf(await slates.next()).trigger).toBe('INITIAL')
    const ended = connect(webSocketClient, server.url).subscribe(LIVE, { input: { userId: 'me' } })
    await ended.next()
    const answer = client.ask(RECORD, view('e1'))
    await events.arrived(1)
    const closed = server.close()
    // The other socket has nothing to wait for.
    await expect(ended.ended).rejects.toThrow()
    events.release()
    expect(recordedOf(await answer).duplicate).toBe(false)
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' })
    await closed
  })

  it('begins no operation on a socket that it is about to close', async () => {
    const service = await open()
    const server = await serve(service)
    const events = holdEvents(service)
    const socket = new WebSocket(server.url.replace(/^http/, 'ws'), 'graphql-transport-ws')
    onTestFinished(() => socket.terminate())
    const received: string[] = []
    socket.on('message', (data) => received.push(String(data)))
    const send = (message: object) => socket.send(JSON.stringify(message))
    const record = (id: string) => send({ id, type: 'subscribe', payload: { query: RECORD, variables: view(id) } })
    await once(socket, 'open')
    send({ type: 'connection_init' })
    await once(socket, 'message')
    record('early')
    await events.arrived(1)
    const closed = server.close()
    record('late')
    // A pong answers what was sent after the late event, so the server has read that.
    socket.ping()
    await once(socket, 'pong')
    events.release()
    const [code] = await once(socket, 'close')
    expect(code).toBe(1001)
    expect(received.filter((message) => message.includes('"early"'))).toHaveLength(2)
    expect(received.filter((message) => message.includes('"late"'))).toEqual([])
    await closed
    const again = await serve(service)
    const outcomes = await Promise.all(['early', 'late'].map(async (id) => recordedOf(await post(again.url, RECORD, view(id)))))
    expect(outcomes.map(({ duplicate }) => duplicate)).toEqual([true, false])
  })

  it('says first that it is not ready, and continues to serve until it closes', async () => {
    const service = await open()
    const server = await serve(service)
    const at = (path: string) => fetch(new URL(path, server.url))
    expect((await at('/ready')).status).toBe(200)
    server.drain()
    const ready = await at('/ready')
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ problem: 'The process is stopping: send requests to another one.' })
    const health = await at('/health')
    expect(health.status).toBe(200)
    expect(health.headers.get('connection')).toBe('close')
    for (const make of [webSocketClient, sseClient]) {
      const client = connect<GraphQLClient>(make, server.url)
      expect(slateOf(await client.subscribe(LIVE, { input: { userId: 'me' } }).next()).trigger).toBe('INITIAL')
      expect(recordedOf(await client.ask(RECORD, view('e1')))).toBeDefined()
    }
  })
})
