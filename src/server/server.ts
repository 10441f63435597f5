import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { Service } from '../service.ts'
import { serveWebSocket } from './web-socket.ts'
import { makeYoga } from './yoga.ts'

const MAX_BODY_BYTES = 4 * 1024 * 1024
const STOP_DEADLINE_MS = 5000

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
  const yoga = makeYoga(service, { graphiql, logger })
  const server = createServer((request, response) => {
    if (refuseBody(request, response)) return
    void yoga(request, response)
  })
  const closeSockets = serveWebSocket(server, yoga, logger)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  const name = host.includes(':') ? `[${host}]` : host
  return {
    url: `http://${name}:${bound}/graphql`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await closeSockets()
      server.closeIdleConnections()
      const deadline = setTimeout(() => server.closeAllConnections(), STOP_DEADLINE_MS)
      await yoga.dispose()
      await closed
      clearTimeout(deadline)
    },
  }
}

/** A body must say how long it is, and be short enough: what is refused is not read. */
function refuseBody(request: IncomingMessage, response: ServerResponse): boolean {
  const length = request.headers['content-length']
  const status =
    request.method !== 'POST' ? undefined : length === undefined ? 411 : Number(length) > MAX_BODY_BYTES ? 413 : undefined
  if (status === undefined) return false
  const message = status === 411 ? 'Send a Content-Length.' : `The body has ${length} bytes; ${MAX_BODY_BYTES} are allowed.`
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] }))
  return true
}
