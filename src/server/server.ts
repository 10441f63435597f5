import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Logger } from 'pino'
import type { ClientCode } from '../errors.ts'
import type { Service } from '../service.ts'
import { GRAPHQL_PATH, makeYoga } from './graphql-endpoint.ts'
import { type Readiness, readReadiness } from './readiness.ts'
import { serveWebSocket } from './web-socket-upgrade.ts'

const MAX_BODY_BYTES = 4 * 1024 * 1024
const STOP_DEADLINE_MS = 5000
const JSON_TYPE = /^application\/json\s*(;|$)/i

export interface RunningServer {
  /** URL of the GraphQL endpoint. */
  readonly url: string
  /** What `/ready` answers now. */
  readiness(): Promise<Readiness>
  /**
   * Announces the stop: `/ready` answers 503 from now on, and answers ask to close their connection, so that a balancer sends its
   * requests elsewhere. Everything is still served.
   */
  drain(): void
  /**
   * Stops the server. It takes no new request or operation, answers those that are running within 5 s, ends streams, and closes each
   * WebSocket with 1001 once its operations are answered.
   */
  close(): Promise<void>
}

/**
 * Starts a server for a service: GraphQL over HTTP, server-sent events and WebSocket.
 * @throws Error when the server cannot listen on the host and port
 */
export async function startServer(
  service: Service,
  options: { host: string; port: number; graphiql: boolean; logger: Logger },
): Promise<RunningServer> {
  const { host, port, graphiql, logger } = options
  let draining = false
  let stopping = false
  const streams = new Set<ServerResponse>()
  const onStream = (response: ServerResponse) => {
    if (stopping) setImmediate(() => response.destroy())
    streams.add(response)
    response.once('close', () => streams.delete(response))
  }
  const yoga = makeYoga(service, { graphiql, logger, onStream, isDraining: () => draining })
  const open = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    open.add(response)
    if (draining) response.shouldKeepAlive = false
    response.once('close', () => {
      open.delete(response)
      if (stopping) server.closeIdleConnections()
    })
    if (refuse(request, response, graphiql)) return
    // Yoga knows no other spelling than this one.
    if (request.method === 'POST') request.headers['content-type'] = 'application/json'
    void yoga(request, response)
  })
  const connections = new Set<Socket>()
  server.on('connection', (connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })
  const sockets = serveWebSocket(server, yoga, service.authenticator, logger)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  const name = host.includes(':') ? `[${host}]` : host
  const drain = () => {
    draining = true
    for (const response of open) response.shouldKeepAlive = false
  }
  return {
    url: `http://${name}:${bound}/graphql`,
    readiness: () => readReadiness(service, draining),
    drain,
    close: async () => {
      drain()
      stopping = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const deadline = setTimeout(() => {
        sockets.terminate()
        server.closeAllConnections()
      }, STOP_DEADLINE_MS)
      // Cut, since a stream that is completed tells its client not to come back. An answer to one operation is none of them.
      for (const stream of streams) stream.destroy()
      server.closeIdleConnections()
      // To Node a connection that was opened ahead, and has brought no request yet, is not idle.
      for (const connection of connections) if (connection.bytesRead === 0) connection.destroy()
      await sockets.close()
      await yoga.dispose()
      await closed
      clearTimeout(deadline)
    },
  }
}

interface Refusal {
  readonly status: number
  readonly message: string
  readonly headers?: Record<string, string>
}

/** Answers a request that is not served, without reading its body. @returns whether it did */
function refuse(request: IncomingMessage, response: ServerResponse, graphiql: boolean): boolean {
  const refusal = refusalOf(request, graphiql)
  if (!refusal) return false
  const { status, message, headers } = refusal
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...headers })
  response.end(JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' satisfies ClientCode } }] }))
  return true
}

/**
 * Why a request is not served: its body does not say how long it is, or is too long, or is not JSON, which a page of another site may
 * send without being stopped by CORS; its operation is in the address, which any page may have a browser fetch; it does not say where to.
 */
function refusalOf({ method, url, headers }: IncomingMessage, graphiql: boolean): Refusal | undefined {
  const address = `http://${headers.host ?? 'localhost'}${url}`
  if (!URL.canParse(address)) return { status: 400, message: 'The Host header and the path do not form a URL.' }
  if (method !== 'POST') {
    const asksForPage = graphiql && method === 'GET' && headers.accept?.includes('text/html')
    if (new URL(address).pathname !== GRAPHQL_PATH || asksForPage) return undefined
    const message = `${method} is not supported here: send the operation by POST, as JSON.`
    return { status: 405, message, headers: { allow: 'POST' } }
  }
  const length = headers['content-length']
  if (length === undefined) return { status: 411, message: 'Content-Length is missing: send it.' }
  if (Number(length) > MAX_BODY_BYTES)
    return { status: 413, message: `The body has ${length} bytes; at most ${MAX_BODY_BYTES} are allowed.` }
  if (!JSON_TYPE.test(headers['content-type'] ?? ''))
    return { status: 415, message: 'Send JSON, with the Content-Type application/json.' }
  return undefined
}
