import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { openTestService, serve } from '../support/server.ts'

const BODY = '{"query":"{ __typename }"}'

/** Sends a request line and `Host` headers as they are. @returns the status of the answer */
function statusOf(port: number, head: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const lines = [...head, 'content-type: application/json', `content-length: ${BODY.length}`, 'connection: close', '', BODY]
    const socket = connect(port, '127.0.0.1', () => socket.write(lines.join('\r\n')))
    socket.on('data', (bytes) => {
      answer += String(bytes)
    })
    socket.on('close', () => resolve(Number(answer.split(' ')[1])))
    socket.on('error', reject)
  })
}

it('a second, missing or absolute name cannot bypass the check of Host', async () => {
  const { url } = await serve(await openTestService())
  const own = `host: ${new URL(url).host}`
  const foreign = 'host: elsewhere.example'
  const status = (...head: string[]) => statusOf(Number(new URL(url).port), head)
  expect(await status('POST /graphql HTTP/1.1', own)).toBe(200)
  expect(await status('POST /graphql HTTP/1.1', foreign)).toBe(421)
  expect(await status('POST /graphql HTTP/1.1', foreign, own)).toBe(421)
  expect(await status('POST /graphql HTTP/1.1')).toBe(400)
  expect(await status('POST http://elsewhere.example/graphql HTTP/1.1', own)).toBe(404)
})
