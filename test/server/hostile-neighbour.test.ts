import { once } from 'node:events'
import { connect as openConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { itWhenLong } from '../support/long.ts'
import { keptLog, openTestService, serve } from '../support/server.ts'
import { Issuer, JWT_SECRET } from '../support/tokens.ts'

const BODY = JSON.stringify({ query: '{ nope }' })

/** Sends bytes on a connection of their own, and reads until the server closes it. */
async function send(url: string, bytes: string): Promise<string> {
  const { port, hostname } = new URL(url)
  const connection = openConnection(Number(port), hostname)
  onTestFinished(() => void connection.destroy())
  connection.write(bytes)
  return text(connection)
}

function posted(target: string, host: string): string {
  return `POST ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`
}

describe('a machine on the same network that has no token', () => {
  it.each([
    ['/x/graphql', 'localhost'],
    ['/graphql/', 'localhost'],
    ['//localhost/graphql', 'localhost'],
    ['/x/../graphql', 'localhost'],
    ['http://localhost/graphql', 'localhost'],
    ['/health?/graphql', 'localhost'],
    ['/ready?/graphql', 'localhost'],
    ['/?/graphql', 'localhost'],
    ['/graphql', 'elsewhere.example/health?'],
    ['/graphql', 'user@localhost'],
    ['/graphql', 'localhost'],
  ])('runs nothing by another spelling of the path or the host: %s at %s', async (target, host) => {
    const { logger, lines } = keptLog()
    const { url } = await serve(await openTestService({ tokens: { JWT_SECRET }, logger }), { logger })
    const answer = await send(url, posted(target, host))
    expect(answer).toMatch(/^HTTP\/1\.1 40[0145] /)
    expect(answer).not.toContain('nope')
    expect(lines.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })

  it.each([
    ['one long header', `X: ${'x'.repeat(20_000)}\r\n`],
    ['1,000 headers', 'Header: fourteen bytes\r\n'.repeat(1000)],
  ])('gets 431 for 20 KB of headers: %s', async (_, headers) => {
    const { url } = await serve(await openTestService())
    expect(await send(url, `GET /health HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
  })

  it('is refused before its body in chunks has arrived: 150 such bodies took 600 MB', async () => {
    const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }))
    const { port, hostname } = new URL(url)
    const connection = openConnection(Number(port), hostname)
    onTestFinished(() => void connection.destroy())
    const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked'
    connection.write(`${head}\r\n\r\n10\r\n{`)
    const [answer] = await once(connection, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /)
  })

  it('cannot block a key of the issuer with a token that names an unusable key', async () => {
    const issuer = await Issuer.start()
    const { kid, ...good } = await issuer.rotate('ES256', 'good')
    const offCurve = { ...good, kid: 'odd', y: good.x }
    issuer.answer = { status: 200, body: JSON.stringify({ keys: [{ ...good, kid }, offCurve] }) }
    const { url } = await serve(await openTestService({ tokens: { JWKS_URL: issuer.url } }))
    const status = async (token: string) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
      return (await fetch(url, { method: 'POST', headers, body: BODY })).status
    }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    expect(await status(`${part({ alg: 'ES256', kid: 'odd' })}.${part({})}.${part({})}`)).toBe(401)
    expect(await status(await issuer.token({ role: 'admin' }))).toBe(200)
  })

  itWhenLong('keeps a connection without a request only for seconds, even if it sends single bytes', async () => {
    const { url } = await serve(await openTestService())
    const { port, hostname } = new URL(url)
    const open = () => {
      const connection = openConnection(Number(port), hostname)
      onTestFinished(() => void connection.destroy())
      return connection.on('error', () => {}).resume()
    }
    const silent = open()
    const slow = open()
    slow.write('GET /health HTTP/1.1\r\nHost: localhost\r\nX: ')
    const drip = setInterval(() => slow.write('x'), 500)
    onTestFinished(() => clearInterval(drip))
    await Promise.all([once(silent, 'close'), once(slow, 'close')])
  })

  it('gets no more connections than allowed, and the service continues', async () => {
    const { url } = await serve(await openTestService(), { network: { MAX_CONNECTIONS: 3 } })
    const { port, hostname } = new URL(url)
    const idle = Array.from({ length: 3 }, () => openConnection(Number(port), hostname))
    onTestFinished(() => idle.forEach((connection) => void connection.destroy()))
    await Promise.all(idle.map((connection) => once(connection, 'connect')))
    const further = openConnection(Number(port), hostname).on('error', () => {})
    await once(further.resume(), 'close')
    idle[0].write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(String((await once(idle[0], 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('is disconnected if it sends thousands of requests in one packet: they blocked everyone else for seconds', async () => {
    const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }))
    const { port, hostname } = new URL(url)
    const connection = openConnection(Number(port), hostname)
    onTestFinished(() => void connection.destroy())
    connection.on('error', () => {}).resume()
    connection.write('GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5000))
    await new Promise((resolve) => connection.once('close', resolve))
    expect((await fetch(url.replace('graphql', 'ready'))).status).toBe(200)
  })
})
