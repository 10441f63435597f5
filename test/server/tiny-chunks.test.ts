import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Largest resident memory that a process has had, in MB. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

it.runIf(process.platform === 'linux')(
  'bodies in chunks of one byte take little more memory than other bodies: 3 MB of them took 1.1 GB',
  { timeout: 60_000 },
  async () => {
    const service = new StartedService({ DATA_DIR: await temporaryDirectory(), MODEL: '' })
    const url = await service.serving()
    const { hostname, port } = new URL(url)
    const before = peakMemory(service.process.pid!)
    const frame = ['{"query":"{ __typename }","variables":{"padding":"', '"}}']
    const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close'
    const send = async () => {
      const connection = connect(Number(port), hostname)
      onTestFinished(() => void connection.destroy())
      const inChunks = (body: string) => Array.from(body, (byte) => `1\r\n${byte}\r\n`).join('')
      connection.write(`${head}\r\nTransfer-Encoding: chunked\r\n\r\n${inChunks(frame[0])}`)
      const part = inChunks('x'.repeat(10_000))
      for (let sent = 0; sent < 500_000; sent += 10_000)
        if (!connection.write(part)) await new Promise((resolve) => connection.once('drain', resolve))
      connection.write(`${inChunks(frame[1])}0\r\n\r\n`)
      return await text(connection)
    }
    for (const answer of await Promise.all([send(), send(), send()])) expect(answer).toContain('"__typename":"Query"')
    expect(peakMemory(service.process.pid!) - before).toBeLessThan(200)
  },
)
