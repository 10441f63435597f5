import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { isAsyncIterable } from '@graphql-tools/utils'
import type { ExecutionArgs } from 'graphql'
import { handleProtocols, makeServer } from 'graphql-ws'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Authenticator } from '../auth/authenticator.ts'
import type { Principal } from '../auth/principal.ts'
import { SECOND } from '../time-units.ts'
import { openSession } from './authenticate-socket.ts'
import { CLOSE_CODES } from './close-codes.ts'
import { close } from './close-socket.ts'
import type { YogaServer } from './graphql-endpoint.ts'
import { holdDecompression } from './held-decompression.ts'
import { MAX_UNKNOWN_BYTES } from './message-size.ts'
import type { NetworkGate } from './network-gate.ts'
import { codeOf, observedExecution } from './observed-operations.ts'
import type { OpenPerOwner } from './open-per-owner.ts'
import { pathOf } from './probes.ts'
import { readInTurns } from './read-in-turns.ts'
import { refusalOfForeign } from './refusals.ts'
import type { ServerObserver } from './server-observer.ts'
import { isCompressed, offersCompression, SOCKET_DEFLATE } from './socket-compression.ts'
import { socketOperation, type YogaExecutionArgs } from './socket-operation.ts'
import {
  CONNECTION_INIT_MS,
  type ServedSocket,
  type SocketExtra,
  type SocketParts,
  serveSocket,
} from './web-socket-connection.ts'

/** All sockets of a server together, so that it can count and end them. */
export interface ServedSockets {
  /** Number of open sockets. */
  readonly open: number
  /**
   * Takes no further socket or operation. Closes each socket with 1001, "going away", once its operations are answered. Resolves when
   * the clients have confirmed.
   */
  close(): Promise<void>
  /** Terminates the sockets whose clients do not answer. */
  terminate(): void
}

export interface SocketOptions {
  readonly authenticator: Authenticator
  readonly gate: NetworkGate
  readonly logger: Logger
}

/** The protocol of every socket: who is connected, and what becomes of an operation. */
function makeProtocol(yoga: YogaServer, authenticator: Authenticator, gate: NetworkGate) {
  const { observer } = gate
  const executed = (args: ExecutionArgs, how: 'execute' | 'subscribe') =>
    observedExecution(observer, args, () => (args as YogaExecutionArgs).rootValue[how](args))
  return makeServer<Record<string, unknown>, SocketExtra>({
    connectionInitWaitTimeout: CONNECTION_INIT_MS,
    onConnect: async ({ connectionParams, extra }) => {
      const session = await openSession(authenticator, gate, connectionParams, extra)
      if (!session) return false
      holdDecompression(extra.socket, extra.request.socket, () => extra.admission ?? gate.held.holdOf(session.principal))
      return isCounted(gate.sockets, extra.socket, session.principal)
    },
    execute: (args) => executed(args, 'execute') as ReturnType<typeof import('graphql').execute>,
    subscribe: (args) => executed(args, 'subscribe') as ReturnType<typeof import('graphql').subscribe>,
    onSubscribe: async (context, id, payload) => {
      const operation = await socketOperation(yoga, context, id, payload, gate)
      if (Array.isArray(operation)) observer?.refused(codeOf(operation))
      return operation
    },
    onOperation: ({ extra: { streams } }, _id, payload, _args, result) => {
      if (isAsyncIterable(result)) streams.add(payload)
    },
    onComplete: ({ extra: { streams } }, _id, payload) => void streams.delete(payload),
  })
}

/** Serves GraphQL over WebSocket (graphql-transport-ws) at /graphql, through the same pipeline as HTTP. */
export function serveWebSocket(server: Server, yoga: YogaServer, parts: SocketOptions): ServedSockets {
  const { authenticator, gate, logger } = parts
  const { compression, observer, origins, rates } = gate
  const options = { noServer: true, maxPayload: MAX_UNKNOWN_BYTES, handleProtocols }
  const plain = new WebSocketServer(options)
  const compressing = new WebSocketServer({ ...options, perMessageDeflate: SOCKET_DEFLATE })
  const protocol = makeProtocol(yoga, authenticator, gate)
  const served = new Map<WebSocket, ServedSocket>()
  const socketParts = partsOfSockets(gate, logger)
  const serveClient = (client: WebSocket, request: IncomingMessage) => {
    served.set(client, serveSocket(protocol, client, request, socketParts))
    client.once('close', () => served.delete(client))
  }
  const accept = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const compresses = compression?.hasRoom && offersCompression(request)
    const sockets = compresses ? compressing : plain
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (compression && isCompressed(client)) client.once('close', compression.take())
      readInTurns(client, request.socket)
      serveClient(client, request)
    })
  }
  let isLeaving = false
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => logger.debug({ error }, 'a connection failed'))
    const refuse = refusalOn(socket, observer)
    if (isLeaving) return refuse('503 Service Unavailable')
    if (pathOf(request) !== yoga.graphqlEndpoint) return refuse('404 Not Found')
    const foreign = refusalOfForeign(request, origins)
    if (foreign) return refuse(`${foreign.status} ${STATUS_CODES[foreign.status]}`)
    const wait = rates.takeConnection(origins.addressOf(request))
    const acceptAfter = (ms: number) => {
      if (ms > 0) {
        observer?.limited('connection')
        refuse(`429 Too Many Requests`, `Retry-After: ${Math.ceil(ms / SECOND)}\r\n`)
      } else if (!socket.destroyed) accept(request, socket, head)
    }
    if (typeof wait === 'number') acceptAfter(wait)
    else void wait.then(acceptAfter)
  })
  return {
    get open() {
      return served.size
    },
    close: async () => {
      isLeaving = true
      for (const socket of served.values()) socket.goAway()
      await Promise.all([plain, compressing].map((sockets) => new Promise<void>((resolve) => sockets.close(() => resolve()))))
    },
    terminate: () => {
      for (const client of served.keys()) client.terminate()
    },
  }
}

/** Returns a function that answers an upgrade with an HTTP status instead, and ends the connection. */
function refusalOn(socket: Duplex, observer: ServerObserver | undefined) {
  return (status: string, headers = '') => {
    observer?.turnedAway(Number.parseInt(status, 10))
    socket.once('finish', () => socket.destroy())
    socket.end(`HTTP/1.1 ${status}\r\n${headers}Cache-Control: no-store\r\nConnection: close\r\n\r\n`)
  }
}

/** Counts the socket of a device for its user. Closes it if the user has as many as allowed. @returns whether it may stay */
function isCounted(sockets: OpenPerOwner, socket: WebSocket, { userId }: Principal): boolean {
  if (userId === undefined) return true
  const release = sockets.open(userId)
  if (release) socket.once('close', release)
  else close(socket, CLOSE_CODES.TOO_MANY_SOCKETS, 'Too many WebSockets of this user: close one first.')
  return release !== undefined
}

function partsOfSockets({ answerBytes, held, observer, origins, rates, unread }: NetworkGate, logger: Logger): SocketParts {
  return {
    logger,
    // Two of the largest answers.
    mostUnread: 2 * Math.max(answerBytes.device, answerBytes.other),
    unread,
    admit: (bytes, extra) => {
      // Before `connection_init` is accepted, messages are small.
      if (!extra.session) return 0
      const { principal } = extra.session
      const decided = (ms: number) => {
        extra.admission = undefined
        held.hold(principal, ms)
        return ms
      }
      const wait = rates.takeBody({ principal, address: () => origins.addressOf(extra.request) }, bytes)
      if (typeof wait === 'number') return decided(wait)
      extra.admission = wait.then(decided)
      return extra.admission
    },
    onRefused: observer && ((error) => observer.refused(codeOf([error]))),
    onClosed: observer && ((code) => observer.socketClosed(code)),
  }
}
