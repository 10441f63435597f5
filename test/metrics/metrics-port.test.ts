import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import type { Metrics } from '../../src/metrics/metrics.ts'
import { openMetricsPort } from '../../src/metrics/metrics-port.ts'
import { readConfig } from '../../src/service/config.ts'
import { NETWORK_DEFAULTS } from '../../src/settings/network-settings.ts'
import { Scrape, startMeasured } from '../support/scrape.ts'
import { silent } from '../support/server.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

function ask(
  url: string,
  method: string,
  host?: string,
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, agent: false, headers: host === undefined ? {} : { host } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
    })
    call.on('error', reject).end()
  })
}

it('serves only what a scrape needs, whether or not the other port requires a token', async () => {
  const { metricsUrl, service } = await startMeasured({
    ALLOWED_HOSTS: 'shop.example',
    JWT_SECRET: 'a secret of 32 bytes and some more',
  })
  const { status, headers, text } = await ask(metricsUrl, 'GET')
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' })
  expect(new Scrape(text).of('liverank_store_up')).toBe(1)
  // Every line is a comment, a series or empty, as the format has it.
  expect(
    text.split('\n').filter((line) => !/^(# (HELP|TYPE) [a-z]|[a-z_]+(\{.*\})? [\d.e+-]+$|[a-z_]+(\{.*\})? Nan$|$)/.test(line)),
  ).toEqual([])
  const base = metricsUrl.replace(/metrics$/, '')
  for (const path of ['', 'health', 'ready', 'graphql', 'metrics/', 'metrics/x', '%6detrics'])
    expect({ path, status: (await ask(base + path, 'GET')).status }).toEqual({ path, status: 404 })
  expect((await ask(`${metricsUrl}?name[]=x`, 'GET')).status).toBe(200)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
    const refused = await ask(metricsUrl, method)
    expect({ method, status: refused.status, allow: refused.headers.allow }).toEqual({ method, status: 405, allow: 'GET' })
  }
  const names = {
    'liverank-1:4002': 200,
    localhost: 200,
    '[::1]:1': 200,
    'shop.example': 200,
    'rebound.example:4002': 421,
    '127.0.0.1.nip.io': 421,
  }
  for (const [host, wanted] of Object.entries(names))
    expect({ host, status: (await ask(metricsUrl, 'GET', host)).status }).toEqual({ host, status: wanted })
  expect(await service.stop('SIGTERM')).toBe(0)
})

it('accepts a limited number of connections, and ends those without a request', async () => {
  const { metricsUrl } = await startMeasured()
  const port = Number(new URL(metricsUrl).port)
  const idle = Array.from({ length: 40 }, () =>
    connect(port, '127.0.0.1')
      .on('error', () => {})
      .resume(),
  )
  onTestFinished(() => {
    for (const socket of idle) socket.destroy()
  })
  const closed = idle.map((socket) => once(socket, 'close'))
  // More than it holds: the others are closed at once, and these once their time is over.
  await Promise.all(closed)
  expect((await ask(metricsUrl, 'GET')).status).toBe(200)
})

it('opens a port only if it is configured, and reports a port that is taken', async () => {
  const without = new StartedService({ DATA_DIR: await temporaryDirectory() })
  expect((await without.says('serving')).metricsPort).toBeUndefined()
  const { metricsUrl } = await startMeasured()
  const { port } = new URL(metricsUrl)
  const refused = new StartedService({ DATA_DIR: await temporaryDirectory(), METRICS_PORT: port, HEALTH_PORT: '0' })
  expect(await refused.ended()).toBe(78)
  expect(await refused.errors).toMatch(/^liverank: METRICS_PORT=\d+: listen EADDRINUSE.*\n$/)
})

it('cannot use a port that another setting names', () => {
  expect(() => readConfig({ METRICS_PORT: '4000' })).toThrow('METRICS_PORT: 4000 is PORT too. Set another port.')
  expect(() => readConfig({ METRICS_PORT: '4001', HEALTH_PORT: '4001' })).toThrow('METRICS_PORT: 4001 is HEALTH_PORT too.')
  expect(() => readConfig({ METRICS_PORT: '70000' })).toThrow('METRICS_PORT')
  expect(readConfig({ PORT: '0', METRICS_PORT: '0', HEALTH_PORT: '0' }).METRICS_PORT).toBe(0)
})

it('writes the metrics once for all requests of a connection: thousands in one packet would block the service', async () => {
  let written = 0
  const metrics = { contentType: 'text/plain', text: async () => String(++written) } as Pick<Metrics, 'text'> as Metrics
  const opened = await openMetricsPort(metrics, { host: '127.0.0.1', port: 0, network: NETWORK_DEFAULTS, logger: silent })
  onTestFinished(() => opened.close())
  const connection = connect(opened.port, '127.0.0.1')
  onTestFinished(() => void connection.destroy())
  connection.on('error', () => {}).resume()
  connection.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1000))
  await new Promise((resolve) => connection.once('close', resolve))
  expect(written).toBeLessThanOrEqual(1)
})
