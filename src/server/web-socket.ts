import type { Server } from 'node:http'
import { type ExecutionArgs, GraphQLError } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import type { Logger } from 'pino'
import { WebSocketServer } from 'ws'
import type { YogaServer } from './yoga.ts'

/** Some 250 ordinary events. */
const MAX_MESSAGE_BYTES = 64 * 1024
const MAX_OPERATIONS_PER_SOCKET = 100

interface YogaExecutionArgs extends ExecutionArgs {
  rootValue: { execute: (args: ExecutionArgs) => unknown; subscribe: (args: ExecutionArgs) => unknown }
}

export interface ServedSockets {
  /** Ends all sockets with 1001, "going away"; resolves when their clients have agreed. */
  close(): Promise<void>
  /** Cuts the sockets whose clients do not answer. */
  terminate(): void
}

/** GraphQL over WebSocket (graphql-transport-ws) at /graphql, through the same pipeline as HTTP. */
export function serveWebSocket(server: Server, yoga: YogaServer, logger: Logger): ServedSockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => logger.debug({ error }, 'a socket failed'))
    const refuse = (status: string) => {
      socket.once('finish', () => socket.destroy())
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    }
    const [path] = (request.url ?? '').split('?')
    if (path !== yoga.graphqlEndpoint) refuse('404 Not Found')
    else if (!sameOrigin(request.headers.origin, request.headers.host)) refuse('403 Forbidden')
    else
      sockets.handleUpgrade(request, socket, head, (client) => {
        client.on('error', (error) => logger.debug({ error }, 'a socket failed'))
        sockets.emit('connection', client, request)
      })
  })
  const disposable = useServer(
    {
      execute: (args) => (args as YogaExecutionArgs).rootValue.execute(args) as ReturnType<typeof import('graphql').execute>,
      subscribe: (args) =>
        (args as YogaExecutionArgs).rootValue.subscribe(args) as ReturnType<typeof import('graphql').subscribe>,
      onSubscribe: async (context, _id, { operationName, query, variables }) => {
        if (Object.keys(context.subscriptions).length > MAX_OPERATIONS_PER_SOCKET) {
          const message = `More than ${MAX_OPERATIONS_PER_SOCKET} operations at once on one socket: end some, or open another.`
          return [new GraphQLError(message, { extensions: { code: 'RATE_LIMITED' } })]
        }
        const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
          ...context,
          req: context.extra.request,
          socket: context.extra.socket,
          params: { operationName, query, variables },
        })
        let document: ReturnType<typeof parse>
        try {
          document = parse(query)
        } catch (error) {
          // Thrown from here it would close the whole socket, with every other operation on it.
          return [error as GraphQLError]
        }
        const errors = validate(schema, document)
        if (errors.length > 0) return errors
        return {
          schema,
          operationName,
          document,
          variableValues: variables,
          contextValue: await contextFactory(),
          rootValue: { execute, subscribe },
        }
      },
    },
    sockets,
    30_000,
  )
  return {
    close: async () => {
      await disposable.dispose()
    },
    terminate: () => {
      for (const client of sockets.clients) client.terminate()
    },
  }
}

/** A page of another site may open a socket here and would not be stopped by CORS. Clients that are no browser send no origin. */
function sameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
