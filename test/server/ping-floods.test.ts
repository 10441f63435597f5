import { once } from 'node:events'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { post, webSocketClient } from '../support/graphql-client.ts'
import { openSocket } from '../support/raw-socket.ts'
import { openTestService, serve } from '../support/server.ts'
import { LIVE, slateOf } from '../support/slate-answer.ts'

/** Sends pings until the socket is closed, a thousand in each turn. @returns code with which it was closed */
async function flood(socket: WebSocket): Promise<number> {
  const closed = once(socket, 'close')
  while (socket.readyState === socket.OPEN) {
    for (let n = 0; n < 1000; n++) socket.ping()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const [code] = await closed
  return code
}

const RECORD = `mutation ($userId: ID!) {
  recordEvent(input: { userId: $userId, eventType: "view", itemId: "i1" }) { ... on RecordEventPayload { userVersion } }
}`

it('a client that floods the service with pings is closed with 4510, and other clients still get slates', async () => {
  const { url } = await serve(await openTestService())
  const follower = webSocketClient(url)
  onTestFinished(() => follower.close())
  const stream = follower.subscribe(LIVE, { input: { userId: 'u', first: 5 }, minIntervalMs: 0 })
  let { version } = slateOf(await stream.next())
  // A socket is cut a second after it was closed, and the code is lost if the client had no turn to read it meanwhile. This second passes
  // in fifty turns of the event loop, also in a process that stands still.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
  onTestFinished(() => void vi.useRealTimers())
  const sockets = await Promise.all(Array.from({ length: 5 }, () => openSocket(url)))
  const codes = Promise.all(sockets.map(flood))
  for (let n = 0; n < 20; n++) {
    await post(url, RECORD, { userId: 'u' })
    const slate = slateOf(await stream.next())
    expect(slate.version).toBeGreaterThan(version)
    ;({ version } = slate)
  }
  expect(await codes).toEqual([4510, 4510, 4510, 4510, 4510])
})

it('a client that floods the service with pings and reads no answer is closed too', async () => {
  const { url } = await serve(await openTestService())
  const socket = await openSocket(url)
  const closed = once(socket, 'close')
  socket.pause()
  for (let n = 0; n < 50_000; n++) socket.ping()
  socket.resume()
  // The answers that it has not read may be lost with the connection, and the code with them.
  // More than 16 KiB before `connection_init` is too much in any case.
  expect([4510, 1009, 1006]).toContain((await closed)[0])
  expect(await post(url, '{ __typename }')).toEqual({ data: { __typename: 'Query' } })
})

it('a client that sends fifty pings gets an answer to each, and is served', async () => {
  const { url } = await serve(await openTestService())
  const socket = await openSocket(url)
  let pongs = 0
  const answered = new Promise<void>((resolve) => socket.on('pong', () => ++pongs === 50 && resolve()))
  for (let n = 0; n < 50; n++) socket.ping()
  await answered
  const acknowledged = once(socket, 'message')
  socket.send('{"type":"connection_init"}')
  expect(String((await acknowledged)[0])).toContain('connection_ack')
})
