import { connect, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Origins } from '../../src/server/origins.ts'
import type { NetworkSettings } from '../../src/settings/network-settings.ts'
import { eventually } from '../support/eventually.ts'
import { openTestService, serve } from '../support/server.ts'
import { deviceToken, JWT_SECRET } from '../support/tokens.ts'

/** A service to which the addresses of this machine are addresses of others. @returns its port, and what it logs */
async function serveLimited(network: Partial<NetworkSettings>) {
  const spy = vi.spyOn(Origins.prototype, 'ownerOf').mockImplementation(({ remoteAddress }) => remoteAddress)
  onTestFinished(() => spy.mockRestore())
  const log = new PassThrough()
  const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }), { logger: pino(log), network })
  return { port: Number(new URL(url).port), log }
}

async function open(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const connection = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {})
  onTestFinished(() => void connection.destroy())
  await new Promise((resolve) => connection.once('connect', resolve).once('close', resolve))
  return connection
}

/** Whether the service closes a connection instead of answering on it. */
function isClosed(connection: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    // Not by `once` of events, which fails when the service resets the connection.
    connection.on('data', () => resolve(false)).on('close', () => resolve(true))
    connection.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
  })
}

it('an address whose bodies arrive slowly leaves connections to others: one token could occupy all of them', async () => {
  const { port, log } = await serveLimited({ OPEN_CONNECTIONS_PER_ADDRESS: 3 })
  const held = await Promise.all([1, 2, 3].map(() => open(port)))
  const headers = `Host: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer ${await deviceToken('u')}`
  for (const connection of held) connection.write(`POST /graphql HTTP/1.1\r\n${headers}\r\nContent-Length: 1000\r\n\r\n{`)
  for (let n = 0; n < 2; n++) expect(await isClosed(await open(port))).toBe(true)
  for (let n = 0; n < 3; n++) expect(await isClosed(await open(port, '127.0.0.2'))).toBe(false)
  held[0].destroy()
  await eventually(async () => expect(await isClosed(await open(port))).toBe(false))
  const warnings = String(log.read())
    .split('\n')
    .filter((line) => line.includes('OPEN_CONNECTIONS_PER_ADDRESS'))
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('TRUST_PROXY')
})

it('an address can have any number of connections if there is no limit', async () => {
  const { port } = await serveLimited({ OPEN_CONNECTIONS_PER_ADDRESS: 0 })
  for (let n = 0; n < 6; n++) expect(await isClosed(await open(port))).toBe(false)
})
