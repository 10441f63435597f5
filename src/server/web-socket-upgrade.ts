import type { IncomingMessage, Server } from 'node:http'
import { isAsyncIterable } from '@graphql-tools/utils'
import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql'
import { handleProtocols, makeServer, type Context as SocketContext, type SubscribePayload } from 'graphql-ws'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Authenticator } from '../auth/authenticator.ts'
import type { ClientCode } from '../errors.ts'
import { codedError } from './coded-error.ts'
import type { YogaServer } from './graphql-endpoint.ts'
import { openSession } from './open-session.ts'
import { CONNECTION_INIT_MS, type ServedSocket, type SocketExtra, serveSocket } from './web-socket-connection.ts'

/** Some 250 ordinary events. */
const MAX_MESSAGE_BYTES = 64 * 1024
const MAX_OPERATIONS_PER_SOCKET = 100

interface YogaExecutionArgs extends ExecutionArgs {
  rootValue: { execute: (args: ExecutionArgs) => unknown; subscribe: (args: ExecutionArgs) => unknown }
}

export interface ServedSockets {
  /**
   * Takes no further socket or operation. Closes each socket with 1001, "going away", once its operations are answered. Resolves when
   * the clients have confirmed.
   */
  close(): Promise<void>
  /** Terminates the sockets whose clients do not answer. */
  terminate(): void
}

/** Serves GraphQL over WebSocket (graphql-transport-ws) at /graphql, through the same pipeline as HTTP. */
export function serveWebSocket(server: Server, yoga: YogaServer, authenticator: Authenticator, logger: Logger): ServedSockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, handleProtocols })
  const protocol = makeServer<Record<string, unknown>, SocketExtra>({
    connectionInitWaitTimeout: CONNECTION_INIT_MS,
    onConnect: ({ connectionParams, extra }) => openSession(authenticator, connectionParams, extra),
    execute: (args) => (args as YogaExecutionArgs).rootValue.execute(args) as ReturnType<typeof import('graphql').execute>,
    subscribe: (args) => (args as YogaExecutionArgs).rootValue.subscribe(args) as ReturnType<typeof import('graphql').subscribe>,
    onSubscribe: (context, _id, payload) => executionArgs(yoga, context, payload),
    onOperation: ({ extra: { streams } }, _id, payload, _args, result) => {
      if (isAsyncIterable(result)) streams.add(payload)
    },
    onComplete: ({ extra: { streams } }, _id, payload) => void streams.delete(payload),
  })
  const served = new Map<WebSocket, ServedSocket>()
  const serveClient = (client: WebSocket, request: IncomingMessage) => {
    served.set(client, serveSocket(protocol, client, request, logger))
    client.once('close', () => served.delete(client))
  }
  let isLeaving = false
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => logger.debug({ error }, 'a connection failed'))
    const refuse = (status: string) => {
      socket.once('finish', () => socket.destroy())
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    }
    if (isLeaving) return refuse('503 Service Unavailable')
    const [path] = (request.url ?? '').split('?')
    if (path !== yoga.graphqlEndpoint) refuse('404 Not Found')
    else if (!sameOrigin(request.headers.origin, request.headers.host)) refuse('403 Forbidden')
    else sockets.handleUpgrade(request, socket, head, (client) => serveClient(client, request))
  })
  return {
    close: async () => {
      isLeaving = true
      for (const socket of served.values()) socket.goAway()
      await new Promise<void>((resolve) => sockets.close(() => resolve()))
    },
    terminate: () => {
      for (const client of sockets.clients) client.terminate()
    },
  }
}

/** The arguments with which an operation is executed, or the errors for which it is not. */
async function executionArgs(
  yoga: YogaServer,
  context: SocketContext<Record<string, unknown>, SocketExtra>,
  { operationName, query, variables }: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  if (Object.keys(context.subscriptions).length > MAX_OPERATIONS_PER_SOCKET) {
    const message = `More than ${MAX_OPERATIONS_PER_SOCKET} operations at once on one socket: end some, or open another.`
    return [new GraphQLError(message, { extensions: { code: 'RATE_LIMITED' satisfies ClientCode } })]
  }
  const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
    ...context,
    req: context.extra.request,
    socket: context.extra.socket,
    session: context.extra.session,
    params: { operationName, query, variables },
  })
  let document: ReturnType<typeof parse>
  try {
    document = parse(query)
  } catch (error) {
    // Thrown from here it would close the whole socket, with every other operation on it.
    return [codedError(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')]
  }
  const errors = validationErrors(() => validate(schema, document))
  if (errors.length > 0) return errors.map((error) => codedError(error, 'GRAPHQL_VALIDATION_FAILED'))
  if (!getOperationAST(document, operationName)) {
    const message = 'The operation is not in the document: name one of its operations in operationName.'
    return [new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' satisfies ClientCode } })]
  }
  return {
    schema,
    operationName: operationName ?? null,
    document,
    variableValues: variables ?? null,
    contextValue: await contextFactory(),
    rootValue: { execute, subscribe },
  }
}

/** A rule of the GraphQL library throws where a directive of a subscription has an argument of another type, such as `@include(if: 7)`. */
function validationErrors(validate: () => readonly GraphQLError[]): readonly GraphQLError[] {
  try {
    return validate()
  } catch (error) {
    if (error instanceof GraphQLError) return [error]
    throw error
  }
}

/** A page of another site may open a socket here and would not be stopped by CORS. Clients that are no browser send no origin. */
function sameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
