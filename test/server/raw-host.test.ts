import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { openTestService, serve } from '../support/server.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const BODY = '{"query":"{ __typename }"}'

const POSTED = ['content-type: application/json', `content-length: ${BODY.length}`, 'connection: close']
const UPGRADE = ['connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13', `sec-websocket-key: ${KEY}`]

/** Sends a request line and headers as they are. @returns the status of the answer */
function statusOf(port: number, head: readonly string[], body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write([...head, '', body].join('\r\n')))
    socket.once('data', (bytes) => {
      socket.destroy()
      resolve(Number(String(bytes).split(' ')[1]))
    })
    socket.on('error', reject)
  })
}

it('a second, missing or absolute name cannot bypass the check of Host', async () => {
  const { url } = await serve(await openTestService())
  const own = `host: ${new URL(url).host}`
  const foreign = 'host: elsewhere.example'
  const port = Number(new URL(url).port)
  const status = (...head: string[]) => statusOf(port, [...head, ...POSTED], BODY)
  const upgraded = (...hosts: string[]) => statusOf(port, ['GET /graphql HTTP/1.1', ...hosts, ...UPGRADE])
  expect(await status('POST /graphql HTTP/1.1', own)).toBe(200)
  expect(await status('POST /graphql HTTP/1.1', foreign)).toBe(421)
  expect(await status('POST /graphql HTTP/1.1', foreign, own)).toBe(400)
  expect(await status('POST /graphql HTTP/1.1', own, foreign)).toBe(400)
  expect(await status('POST /graphql HTTP/1.1', own, own.replace('host', 'HOST'))).toBe(400)
  expect(await status('GET /health HTTP/1.1', own, own)).toBe(400)
  expect(await upgraded(own)).toBe(101)
  expect(await upgraded(own, own)).toBe(400)
  expect(await upgraded(own, foreign)).toBe(400)
  expect(await status('POST /graphql HTTP/1.1')).toBe(400)
  expect(await status('POST http://elsewhere.example/graphql HTTP/1.1', own)).toBe(404)
})
