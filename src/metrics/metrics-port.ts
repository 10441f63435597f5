import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { LiverankError } from '../errors.ts'
import { onePerConnection } from '../server/one-request-per-connection.ts'
import { Origins } from '../server/origins.ts'
import { pathOf } from '../server/probes.ts'
import type { NetworkSettings } from '../settings/network-settings.ts'
import type { Metrics } from './metrics.ts'

const PATH = '/metrics'
/** How long a scrape may take to ask, and how many may be connected. */
const PATIENCE = { headersTimeout: 2000, requestTimeout: 2000, connectionsCheckingInterval: 1000 }
const MAX_CONNECTIONS = 32

/** The open port for scrapes. `port` is the one that the system chose if the setting is 0. */
export interface MetricsPort {
  readonly port: number
  close(): Promise<void>
}

export interface MetricsPortOptions {
  readonly host: string
  /** 0: a free port. */
  readonly port: number
  /** Says by which names the process may be reached. */
  readonly network: NetworkSettings
  readonly logger: Logger
}

/**
 * Serves `GET /metrics` on a port of its own, and nothing else. Whoever can reach the port can read it.
 * @throws LiverankError CONFIGURATION when it cannot listen on the host and port
 */
export async function openMetricsPort(
  metrics: Metrics,
  { host, port, network, logger }: MetricsPortOptions,
): Promise<MetricsPort> {
  const origins = new Origins(network)
  const isFirst = onePerConnection()
  const server = createServer(PATIENCE, (request, response) => {
    if (!isFirst(request)) return
    // A body is not read.
    response.setHeader('connection', 'close')
    const refusal = refusalOf(request, origins)
    if (refusal) {
      response.writeHead(refusal.status, refusal.headers).end()
      return
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text),
      (error: unknown) => {
        logger.error({ error }, 'the metrics could not be read')
        response.writeHead(500).end()
      },
    )
  })
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) => reject(new LiverankError('CONFIGURATION', `METRICS_PORT=${port}: ${message}.`)))
    // Not shared with other workers: each has figures of its own.
    server.listen({ port, host, exclusive: true }, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  return {
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Refusal {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

function refusalOf(request: IncomingMessage, origins: Origins): Refusal | undefined {
  if (!isKnownName(request.headers.host, origins)) return { status: 421 }
  if (pathOf(request) !== PATH) return { status: 404 }
  return request.method === 'GET' ? undefined : { status: 405, headers: { allow: 'GET' } }
}

/**
 * Whether a scrape may name this process so. As on the port of the API, a page could have its own name lead here (DNS rebinding). But a
 * name without a dot, such as that of a container, is allowed here: it belongs to the inner network.
 */
function isKnownName(host: string | undefined, origins: Origins): boolean {
  if (host === undefined) return true
  if (!URL.canParse(`http://${host}`)) return false
  return !new URL(`http://${host}`).hostname.includes('.') || origins.allowsHost(host)
}
