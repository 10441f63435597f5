import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Service } from '../../src/service/service.ts'
import { CONCURRENT_RANKINGS } from '../../src/slate/ranking-turns.ts'
import { onEachStore } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { post } from '../support/graphql-client.ts'
import { serve } from '../support/server.ts'
import { LIVE, RECOMMEND, RECORD, RECORD_AND_RERANK, recordedOf, slateOf } from '../support/slate-answer.ts'

/** Clients that ask; more than there are turns on either store. */
const ASKED = 60

const ofUser = (n: number) => ({ input: { userId: `u${n}`, first: 5 } })
const event = (n: number) => ({ eventId: `e${n}`, userId: `u${n}`, eventType: 'view', itemId: 'i1' })

/** Holds back calls until it is told to let them go. */
class Hold {
  readonly #open: Promise<void>
  open: () => void = () => {}

  constructor() {
    this.#open = new Promise((resolve) => {
      this.open = resolve
    })
  }

  async pass<T>(go: () => Promise<T>): Promise<T> {
    await this.#open
    return go()
  }
}

/** Holds the slates that are made in answers, within their turns. @returns what lets them go, and their number so far */
function holdAnswers({ recommender }: Service): { hold: Hold; begun: () => number } {
  const hold = new Hold()
  const recommend = recommender.recommend.bind(recommender)
  const spy = vi.spyOn(recommender, 'recommend').mockImplementation((...asked: Parameters<typeof recommend>) => {
    return hold.pass(() => recommend(...asked))
  })
  return { hold, begun: () => spy.mock.calls.length }
}

/** Holds those who begin to follow a user. */
function holdFollowers({ signals }: Service): { hold: Hold; arrived: () => number } {
  const hold = new Hold()
  const follow = signals.followUser.bind(signals)
  const spy = vi.spyOn(signals, 'followUser').mockImplementation((...asked) => hold.pass(() => follow(...asked)))
  return { hold, arrived: () => spy.mock.calls.length }
}

/** Holds events before they are recorded. */
function holdRecording({ ingest }: Service): { hold: Hold; arrived: () => number } {
  const hold = new Hold()
  const record = ingest.record.bind(ingest)
  const spy = vi.spyOn(ingest, 'record').mockImplementation((...asked) => hold.pass(() => record(...asked)))
  return { hold, arrived: () => spy.mock.calls.length }
}

/** Resolves when the service has read what was sent before, on other connections too. */
async function untilRead(url: string): Promise<void> {
  for (let n = 0; n < 2; n++) await post(url, '{ __typename }')
}

/** A socket that the service has let in. */
async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  const acknowledged = once(socket, 'message')
  socket.send('{"type":"connection_init"}')
  await acknowledged
  return socket
}

function subscribe(socket: WebSocket, id: string, query: string, variables: object): void {
  socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables } }))
}

function complete(socket: WebSocket, id: string): void {
  socket.send(JSON.stringify({ id, type: 'complete' }))
}

function request(url: string, query: string, variables: object): Socket {
  const { hostname, port } = new URL(url)
  const connection = connect(Number(port), hostname)
  onTestFinished(() => void connection.destroy())
  connection.on('error', () => {})
  const body = JSON.stringify({ query, variables })
  const headers = ['Host: localhost', 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]
  connection.write(['POST /graphql HTTP/1.1', ...headers, '', body].join('\r\n'))
  return connection
}

/** Ways to ask, and to leave before the answer. @returns what leaves */
const WAYS: Record<string, (url: string, query: string, variables: (n: number) => object) => Promise<() => void>> = {
  'closes its request': async (url, query, variables) => {
    const connections = Array.from({ length: ASKED }, (_, n) => request(url, query, variables(n)))
    return () => {
      for (const connection of connections) connection.destroy()
    }
  },
  'ends its operation': async (url, query, variables) => {
    const socket = await openSocket(url)
    for (let n = 0; n < ASKED; n++) subscribe(socket, String(n), query, variables(n))
    return () => {
      for (let n = 0; n < ASKED; n++) complete(socket, String(n))
    }
  },
  'closes its socket': async (url, query, variables) => {
    const socket = await openSocket(url)
    for (let n = 0; n < ASKED; n++) subscribe(socket, String(n), query, variables(n))
    return () => socket.terminate()
  },
}

onEachStore('a client that leaves before its slate', (open) => {
  it.each(Object.entries(WAYS))('and %s gives up its place among the queries that wait', async (_, ask) => {
    const service = await open()
    const { url } = await serve(service)
    // Only processes on Redis share buckets.
    const turns = CONCURRENT_RANKINGS[service.buckets ? 'redis' : 'embedded']
    const { hold, begun } = holdAnswers(service)
    const leave = await ask(url, RECOMMEND, ofUser)
    const waiting = () => service.turns.figures.waiting.interactive
    await eventually(() => expect(waiting()).toBe(ASKED - turns))
    leave()
    await eventually(() => expect(waiting()).toBe(0))
    hold.open()
    await eventually(() => expect(service.turns.figures).toMatchObject({ running: 0, given: ASKED - turns }))
    expect(begun()).toBe(turns)
    // The turns are free for others.
    slateOf(await post(url, RECOMMEND, ofUser(0)))
  })

  it.each(Object.entries(WAYS))('and %s while its event is recorded: the event stays, and no slate is made', async (_, ask) => {
    const service = await open()
    const { url } = await serve(service)
    const recommended = vi.spyOn(service.recommender, 'recommend')
    const { hold, arrived } = holdRecording(service)
    const leave = await ask(url, RECORD_AND_RERANK, (n) => ({ input: event(n), slate: { first: 5 } }))
    await eventually(() => expect(arrived()).toBe(ASKED))
    leave()
    await untilRead(url)
    hold.open()
    const again = Array.from({ length: ASKED }, (_, n) => post(url, RECORD, { input: event(n) }))
    for (const answer of await Promise.all(again)) expect(recordedOf(answer).duplicate).toBe(true)
    expect(recommended).not.toHaveBeenCalled()
    expect(service.turns.figures.running).toBe(0)
  })

  it.each(Object.entries(WAYS).slice(1))('and %s before it is followed causes no slate', async (_, ask) => {
    const service = await open()
    const { url } = await serve(service)
    const prepared = vi.spyOn(service.recommender, 'prepare')
    const { hold, arrived } = holdFollowers(service)
    const leave = await ask(url, LIVE, ofUser)
    await eventually(() => expect(arrived()).toBe(ASKED))
    leave()
    await untilRead(url)
    hold.open()
    slateOf(await post(url, RECOMMEND, ofUser(0)))
    expect(prepared).toHaveBeenCalledTimes(1)
    expect(service.turns.figures.running).toBe(0)
  })
})
