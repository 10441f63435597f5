import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { request as openRequest } from 'node:http'
import { connect as openConnection, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { RunningServer } from '../../src/server/server.ts'
import { bundledProgram } from '../support/built-command.ts'
import { eventually } from '../support/eventually.ts'
import { countFollowers } from '../support/followers.ts'
import { post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { openSocket } from '../support/raw-socket.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { connect, openTestService, serve } from '../support/server.ts'
import { LIVE, slateOf } from '../support/slate-answer.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const me = { input: { userId: 'me' } }

async function connectTo({ url }: RunningServer): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const connection = openConnection({ host: hostname, port: Number(port) })
  onTestFinished(() => void connection.destroy())
  await once(connection, 'connect')
  return connection
}

function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((open) => {
    resolve = open
  })
  return { promise, resolve }
}

describe('closing the server', () => {
  // The deadline does not pass by itself: what closes here does not wait for it.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('closes sockets with 1001, cuts streams so that their clients reconnect, and follows no user any more', async () => {
    const service = await openTestService()
    const followers = countFollowers(service.signals)
    const server = await serve(service)
    const overSocket = connect(webSocketClient, server.url)
    const overSse = connect(sseClient, server.url)
    const streams = [overSocket, overSocket, overSse, overSse].map((client) => client.subscribe(LIVE, me))
    for (const stream of streams) expect(slateOf(await stream.next()).trigger).toBe('INITIAL')
    expect(followers.count).toBe(4)
    await server.close()
    expect(await overSocket.closed).toEqual({ code: 1001, reason: 'Going away' })
    for (const stream of streams) await expect(stream.ended).rejects.toThrow('The stream broke.')
    await eventually(() => expect(followers.count).toBe(0))
    await expect(post(server.url, '{ __typename }')).rejects.toThrow()
  })

  it('does not wait for connections that are idle, or that have sent no request yet', async () => {
    const server = await serve(await openTestService())
    const ahead = await connectTo(server)
    const idle = await connectTo(server)
    idle.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(idle, 'data')
    const ended = [ahead, idle].map((connection) => once(connection.resume(), 'close'))
    await server.close()
    await Promise.all(ended)
  })

  // By itself the server closes the connection of the last request after 125 s.
  it('finishes a running request, accepts no new one, and then ends', { timeout: 100_000 }, async () => {
    const service = await openTestService()
    const server = await serve(service)
    const prepare = service.recommender.prepare.bind(service.recommender)
    const release = gate()
    const entered = gate()
    vi.spyOn(service.recommender, 'prepare').mockImplementation(async (...args) => {
      entered.resolve()
      await release.promise
      return prepare(...args)
    })
    const answer = post(server.url, '{ recommendations(input: { userId: "me" }) { version } }')
    await entered.promise
    const closed = server.close()
    const { hostname, port } = new URL(server.url)
    const late = openConnection({ host: hostname, port: Number(port) })
    const [error] = await once(late, 'error')
    expect(error.code).toBe('ECONNREFUSED')
    release.resolve()
    expect(await answer).toEqual({ data: { recommendations: { version: 0 } } })
    await closed
  })

  it('ends a stream that begins while it closes', async () => {
    const service = await openTestService()
    const followers = countFollowers(service.signals)
    const server = await serve(service)
    const body = JSON.stringify({ query: LIVE, variables: me })
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream', 'content-length': body.length }
    const request = openRequest(server.url, { method: 'POST', headers })
    request.write(body.slice(0, 10))
    // Its head has reached the server when another request, sent later, is answered.
    await once(request, 'socket')
    await post(server.url, '{ __typename }')
    const closed = server.close()
    const cut = once(request, 'close')
    request.on('error', () => {})
    request.on('response', (response) => response.resume().on('error', () => {}))
    request.end(body.slice(10))
    await cut
    await closed
    await eventually(() => expect(followers.count).toBe(0))
  })

  it('cuts the remaining connections at its deadline', async () => {
    const service = await openTestService()
    const server = await serve(service)
    const entered = gate()
    vi.spyOn(service.recommender, 'prepare').mockImplementation(() => {
      entered.resolve()
      return new Promise(() => {})
    })
    const hanging = post(server.url, '{ recommendations(input: { userId: "me" }) { version } }')
    hanging.catch(() => {})
    await entered.promise
    const deaf = await openSocket(server.url)
    deaf.pause()
    let isClosed = false
    const closed = server.close().then(() => {
      isClosed = true
    })
    await vi.advanceTimersByTimeAsync(4999)
    expect(isClosed).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await closed
    await expect(hanging).rejects.toThrow()
  })
})

/** Runs a program to its end. */
function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }))
  })
}

describe('a process that has served and closed', () => {
  const program = bundledProgram('serve-and-close')

  it('ends by itself, on the embedded store', async () => {
    const ended = await run(program, await temporaryDirectory())
    expect(ended).toEqual({ code: 0, stdout: 'closed\n', stderr: '' })
  })

  it.skipIf(!redisAvailable)('ends by itself, on Redis', async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const ended = await run(program, await temporaryDirectory(), redis.url)
    expect(ended).toEqual({ code: 0, stdout: 'closed\n', stderr: '' })
  })
})
