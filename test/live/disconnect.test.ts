import { once } from 'node:events'
import { connect as openConnection } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../support/eventually.ts'
import { countFollowers } from '../support/followers.ts'
import { connect, openTestService, serve, TRANSPORTS } from '../support/server.ts'
import { LIVE } from '../support/slate-answer.ts'

const CLIENTS = 30
const subscription = { query: LIVE, variables: { input: { userId: 'me' } } }

async function openServer() {
  const service = await openTestService()
  const followers = countFollowers(service.signals)
  const { url } = await serve(service)
  const allGone = () =>
    eventually(() => {
      expect(followers.total).toBeGreaterThan(0)
      expect(followers.count).toBe(0)
    })
  return { url, followers, allGone }
}

describe('a client that has disconnected', () => {
  it.each(Object.keys(TRANSPORTS))('is no longer followed (%s)', async (transport) => {
    const { url, followers, allGone } = await openServer()
    const client = connect(TRANSPORTS[transport], url)
    const streams = Array.from({ length: CLIENTS }, () => client.subscribe(LIVE, subscription.variables))
    for (const stream of streams) await stream.next()
    expect(followers.count).toBe(CLIENTS)
    for (const stream of streams.slice(1)) stream.end()
    await eventually(() => expect(followers.count).toBe(1))
    await client.close()
    await allGone()
  })

  it('is no longer followed if it aborts its request at once', async () => {
    const { url, allGone } = await openServer()
    const { hostname, port } = new URL(url)
    const body = JSON.stringify(subscription)
    const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    for (let client = 0; client < CLIENTS; client++) {
      const connection = openConnection(Number(port), hostname)
      await once(connection, 'connect')
      connection.write(head + body)
      // Some leave when the first bytes come, some before.
      if (client % 3 === 0) await once(connection, 'data')
      if (client % 3 === 1) connection.end()
      else connection.resetAndDestroy()
    }
    await allGone()
  })

  it('is no longer followed if it closes its socket at once', async () => {
    const { url, allGone } = await openServer()
    for (let client = 0; client < CLIENTS; client++) {
      const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
      await once(socket, 'open')
      socket.send(JSON.stringify({ type: 'connection_init' }))
      await once(socket, 'message')
      socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: subscription }))
      if (client % 2 === 0) await once(socket, 'message')
      socket.terminate()
    }
    await allGone()
  })
})
