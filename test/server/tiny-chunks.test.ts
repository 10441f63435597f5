import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as openRequest } from 'node:http'
import { connect } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { openTestService, serve } from '../support/server.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Largest resident memory that a process has had, in MB. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

it.runIf(process.platform === 'linux')(
  'bodies in chunks of one byte are refused before they take much memory: 3 MB of them took 1.1 GB',
  async () => {
    const service = new StartedService({ DATA_DIR: await temporaryDirectory(), MODEL: '' })
    const url = await service.serving()
    const { hostname, port } = new URL(url)
    const before = peakMemory(service.process.pid!)
    const frame = '{"query":"{ __typename }","variables":{"padding":"'
    const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close'
    const send = async () => {
      const connection = connect(Number(port), hostname)
      onTestFinished(() => void connection.destroy())
      const inChunks = (body: string) => Array.from(body, (byte) => `1\r\n${byte}\r\n`).join('')
      connection.write(`${head}\r\nTransfer-Encoding: chunked\r\n\r\n${inChunks(frame)}`)
      const part = inChunks('x'.repeat(10_000))
      let answer = ''
      connection
        .on('error', () => {})
        .on('data', (data) => {
          answer += String(data)
        })
      for (let sent = 0; sent < 500_000 && !connection.destroyed; sent += 10_000)
        if (!connection.write(part)) await Promise.race([once(connection, 'drain'), once(connection, 'close')]).catch(() => {})
      if (!connection.destroyed) await new Promise((resolve) => connection.once('close', resolve))
      return answer
    }
    for (const answer of await Promise.all([send(), send(), send()])) expect(answer).toMatch(/^HTTP\/1\.1 400 .*larger chunks/s)
    expect(peakMemory(service.process.pid!) - before).toBeLessThan(200)
  },
)

it('a body in a thousand tiny chunks is answered, and so are small chunks after large ones', async () => {
  const { url } = await serve(await openTestService())
  const query = '{"query":"{ __typename }"}'
  for (const chunks of [Array.from(query.padEnd(1000)), [query.padEnd(100_000), ...Array.from(' '.repeat(2000))]]) {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    const request = openRequest(url, { method: 'POST', headers })
    for (const chunk of chunks) request.write(chunk)
    const [response] = await once(request.end(), 'response')
    expect(await json(response)).toEqual({ data: { __typename: 'Query' } })
  }
})
