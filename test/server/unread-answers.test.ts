import { once } from 'node:events'
import { Server } from 'node:http'
import { connect } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { post } from '../support/graphql-client.ts'
import { openTestService, serve } from '../support/server.ts'

const UPSERT = 'mutation ($input: [ItemInput!]!) { upsertItems(input: $input) { accepted } }'

it('a connection is closed if its client reads nothing: its unread answers took 500 MB while it was open', async () => {
  // Not 5 minutes, and not so short that a busy machine has no time to answer.
  const setTimeout: (this: Server, ms?: number) => Server = Server.prototype.setTimeout
  const spy = vi.spyOn(Server.prototype, 'setTimeout').mockImplementation(function (this: Server, ms: unknown) {
    expect(ms).toBe(300_000)
    return setTimeout.call(this, 1500)
  })
  onTestFinished(() => spy.mockRestore())
  const server = await serve(await openTestService())
  const attributes = { title: 'x'.repeat(5000) }
  const input = Array.from({ length: 100 }, (_, n) => ({ itemId: `i${n}`, attributes }))
  expect(await post(server.url, UPSERT, { input })).toEqual({ data: { upsertItems: { accepted: 100 } } })

  // That of `post` stays open for its next request.
  const others = server.load().connections

  const { hostname, port } = new URL(server.url)
  const connection = connect(Number(port), hostname)
  onTestFinished(() => void connection.destroy())
  await once(connection, 'connect')
  connection.pause()
  const body = JSON.stringify({
    query: '{ recommendations(input: { userId: "u", first: 100 }) { items { item { attributes } } } }',
  })
  const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
  connection.write(`${head}\r\n\r\n${body}`.repeat(60))
  await vi.waitFor(() => expect(server.load().requests).toBeGreaterThan(10), 20_000)
  const closed = once(connection, 'close')
  await vi.waitFor(() => {
    const { connections, requests } = server.load()
    expect(requests).toBe(0)
    expect(connections).toBeLessThanOrEqual(others)
  }, 30_000)
  connection.on('error', () => {}).resume()
  await closed
  expect(await post(server.url, '{ __typename }')).toEqual({ data: { __typename: 'Query' } })
}, 60_000)
