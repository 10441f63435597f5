import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Logger } from 'pino'
import type { Service } from '../service.ts'
import { serveWebSocket } from './web-socket.ts'
import { makeYoga } from './yoga.ts'

const MAX_BODY_BYTES = 4 * 1024 * 1024
const STOP_DEADLINE_MS = 5000
const JSON_TYPE = /^application\/json\s*(;|$)/

export interface RunningServer {
  /** Address of the GraphQL endpoint. */
  readonly url: string
  /** Takes no new work, ends streams and sockets, and lets requests under way finish until a deadline. */
  close(): Promise<void>
}

/** Serves a service over HTTP, SSE and WebSocket. @throws when the address cannot be listened on */
export async function startServer(
  service: Service,
  options: { host: string; port: number; graphiql: boolean; logger: Logger },
): Promise<RunningServer> {
  const { host, port, graphiql, logger } = options
  let stopping = false
  const streams = new Set<ServerResponse>()
  const onStream = (response: ServerResponse) => {
    if (stopping) setImmediate(() => response.destroy())
    streams.add(response)
    response.once('close', () => streams.delete(response))
  }
  const yoga = makeYoga(service, { graphiql, logger, onStream })
  const server = createServer((request, response) => {
    response.once('close', () => {
      if (stopping) server.closeIdleConnections()
    })
    if (refuse(request, response)) return
    void yoga(request, response)
  })
  const connections = new Set<Socket>()
  server.on('connection', (connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })
  const sockets = serveWebSocket(server, yoga, logger)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  const name = host.includes(':') ? `[${host}]` : host
  return {
    url: `http://${name}:${bound}/graphql`,
    close: async () => {
      stopping = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const deadline = setTimeout(() => {
        sockets.terminate()
        server.closeAllConnections()
      }, STOP_DEADLINE_MS)
      // Cut, since a stream that is completed tells its client not to come back.
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

/**
 * What is refused is not read: a body that does not say how long it is, or is too long; one that is not JSON, which a page of
 * another site may send without being stopped by CORS; a request that does not say where to.
 */
function refuse(request: IncomingMessage, response: ServerResponse): boolean {
  const refusal = refusalOf(request)
  if (!refusal) return false
  const [status, message] = refusal
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] }))
  return true
}

function refusalOf({ method, url, headers }: IncomingMessage): [status: number, message: string] | undefined {
  if (!URL.canParse(`http://${headers.host ?? 'localhost'}${url}`)) return [400, 'The Host header and the path make no URL.']
  if (method !== 'POST') return undefined
  const length = headers['content-length']
  if (length === undefined) return [411, 'Send a Content-Length.']
  if (Number(length) > MAX_BODY_BYTES) return [413, `The body has ${length} bytes; ${MAX_BODY_BYTES} are allowed.`]
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) return [415, 'Send JSON, with the Content-Type application/json.']
  return undefined
}
