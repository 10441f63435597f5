import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { isAsyncIterable } from '@graphql-tools/utils'
import type { ExecutionArgs, execute } from 'graphql'
import { handleProtocols, makeServer } from 'graphql-ws'
import type { Logger } from 'pino'
import { type PerMessageDeflateOptions, type WebSocket, WebSocketServer } from 'ws'
import type { Authenticator, End } from '../auth/authenticator.ts'
import { rejectionOf } from '../auth/rejection.ts'
import { LiverankError } from '../errors.ts'
import { SECOND } from '../time-units.ts'
import { bearerOfPayload } from './bearer.ts'
import { CLOSE_CODES } from './close-codes.ts'
import { STREAM_DEFLATE } from './compression-budget.ts'
import { END_MESSAGES } from './ending-streams-plugin.ts'
import type { YogaServer } from './graphql-endpoint.ts'
import { MAX_MESSAGE_BYTES } from './message-size.ts'
import type { NetworkGate } from './network-gate.ts'
import { codeOf, observedExecution } from './observed-operations.ts'
import { endWith } from './open-connections.ts'
import { pathOf } from './probes.ts'
import { tooEarly } from './rate-limits.ts'
import { takeArrival } from './rate-limits-plugin.ts'
import { refusalOfForeign } from './refusals.ts'
import { ServedSocket } from './served-socket.ts'
import type { ServerObserver } from './server-observer.ts'
import { socketOperation, type YogaExecutionArgs } from './socket-operation.ts'
import { SocketSession } from './socket-session.ts'

const END_CODES: Readonly<Record<End, number>> = {
  expired: CLOSE_CODES.TOKEN_EXPIRED,
  revoked: CLOSE_CODES.UNAUTHORIZED,
  required: CLOSE_CODES.UNAUTHORIZED,
}

/** Time limit for `connection_init` after the upgrade, in ms. */
const CONNECTION_INIT_MS = 3_000
/**
 * Most compressed sockets whose callers are unknown yet; further ones are not compressed. Each may keep 2 MiB that came as 2 KB. One that was
 * closed without `connection_init` counts for some time more, because it may have used CPU time.
 */
const MOST_UNKNOWN_COMPRESSED = 32
const UNKNOWN_COUNTS_MS = 10_000

/**
 * Options of the compression of messages (permessage-deflate). The messages of the service share one context, so that a slate
 * costs only its difference from the previous slate. The messages of a client share none. Otherwise, the size of later messages
 * would reveal the token in `connection_init` to an eavesdropper who controls part of their content, such as a search text.
 */
const { windowBits, memLevel, level } = STREAM_DEFLATE
const SOCKET_DEFLATE: PerMessageDeflateOptions = {
  serverMaxWindowBits: windowBits,
  clientNoContextTakeover: true,
  zlibDeflateOptions: { memLevel, level },
  concurrencyLimit: 10,
}

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

/**
 * Decides who is connected, from the payload of `connection_init`, and closes the socket when the token or key is over.
 * @returns whether the service accepts the caller; otherwise the socket is closed, and no operation runs on it
 */
async function openSession(
  authenticator: Authenticator,
  gate: NetworkGate,
  payload: Readonly<Record<string, unknown>> | undefined,
  served: ServedSocket,
): Promise<boolean> {
  const wait = await takeArrival(gate, authenticator, served.request, () => bearerOfPayload(payload))
  if (wait > 0) {
    served.close(CLOSE_CODES.TRY_AGAIN_LATER, tooEarly(wait, false).message)
    gate.observer?.limited('socket')
    return false
  }
  try {
    const principal = await authenticator.authenticate(bearerOfPayload(payload))
    if (!served.isOpen) return false
    const { userId } = principal
    const release = userId === undefined ? () => {} : gate.sockets.open(userId)
    if (!release) {
      served.close(CLOSE_CODES.TOO_MANY_SOCKETS, 'Too many WebSockets of this user: close one first.')
      return false
    }
    served.begin(new SocketSession(authenticator, principal, (end) => served.close(END_CODES[end], END_MESSAGES[end])), release)
    return true
  } catch (error) {
    if (!(error instanceof LiverankError)) throw error
    if (error.code === 'UNAUTHENTICATED') served.close(CLOSE_CODES.UNAUTHORIZED, error.message)
    else if (error.code === 'UNAVAILABLE') served.close(CLOSE_CODES.TRY_AGAIN_LATER, error.message)
    else throw error
    gate.observer?.unauthenticated(rejectionOf(() => bearerOfPayload(payload), error))
    return false
  }
}

/** The protocol of every socket: who is connected, and what becomes of an operation. */
function makeProtocol(yoga: YogaServer, authenticator: Authenticator, gate: NetworkGate) {
  const { observer } = gate
  const executed = (args: ExecutionArgs, how: 'execute' | 'subscribe') =>
    observedExecution(observer, args, () => (args as YogaExecutionArgs).rootValue[how](args)) as ReturnType<typeof execute>
  return makeServer<Record<string, unknown>, ServedSocket>({
    connectionInitWaitTimeout: CONNECTION_INIT_MS,
    onConnect: ({ connectionParams, extra }) => openSession(authenticator, gate, connectionParams, extra),
    execute: (args) => executed(args, 'execute'),
    subscribe: (args) => executed(args, 'subscribe'),
    onSubscribe: async (context, id, payload) => {
      const operation = await socketOperation(yoga, context, id, payload, gate)
      if (Array.isArray(operation)) observer?.refused(codeOf(operation))
      return operation
    },
    onOperation: ({ extra }, id, _payload, _args, result) => {
      if (isAsyncIterable(result)) extra.beginStream(id)
    },
  })
}

/** Serves GraphQL over WebSocket (graphql-transport-ws) at /graphql, through the same pipeline as HTTP. */
export function serveWebSocket(server: Server, yoga: YogaServer, { authenticator, gate, logger }: SocketOptions): ServedSockets {
  const { observer, origins, rates } = gate
  const options = { noServer: true, maxPayload: MAX_MESSAGE_BYTES, handleProtocols }
  const plain = new WebSocketServer(options)
  const compressing = new WebSocketServer({ ...options, perMessageDeflate: SOCKET_DEFLATE })
  const protocol = makeProtocol(yoga, authenticator, gate)
  const served = new Set<ServedSocket>()
  const compressions = new SocketCompressions(gate)
  const accept = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const sockets = compressions.accept(request) ? compressing : plain
    sockets.handleUpgrade(request, socket, head, (client) => {
      const one = new ServedSocket(client, request, { gate, logger, onSession: compressions.begin(client) })
      served.add(one)
      client.once('close', () => served.delete(one))
      one.serve(protocol)
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
      for (const socket of served) socket.goAway()
      await Promise.all([plain, compressing].map((sockets) => new Promise<void>((resolve) => sockets.close(() => resolve()))))
    },
    terminate: () => {
      for (const socket of served) socket.terminate()
    },
  }
}

/** Decides which sockets are compressed. */
class SocketCompressions {
  readonly #budget: NetworkGate['compression']
  #unknown = 0

  constructor({ compression }: NetworkGate) {
    this.#budget = compression
  }

  /**
   * Tells whether a new socket may be compressed, if its client offers what the service supports. Offers of a smaller window do not count:
   * accepting one would end the upgrade with 400 instead of leaving the socket uncompressed.
   */
  accept({ headers }: IncomingMessage): boolean {
    if (!this.#budget?.hasRoom || this.#unknown >= MOST_UNKNOWN_COMPRESSED) return false
    const offer = headers['sec-websocket-extensions'] ?? ''
    const [, bits = windowBits] = /\bserver_max_window_bits\s*=\s*"?(\d+)/.exec(offer) ?? []
    return offer.includes('permessage-deflate') && Number(bits) >= windowBits
  }

  /** Counts a socket, if client and service agreed on compression. @returns function to call when its caller is known */
  begin(socket: WebSocket): () => void {
    if (!this.#budget || !socket.extensions.includes('permessage-deflate')) return () => {}
    socket.once('close', this.#budget.take())
    this.#unknown++
    let isUnknown = true
    const release = () => {
      if (isUnknown) this.#unknown--
      isUnknown = false
    }
    socket.once('close', () => isUnknown && setTimeout(release, UNKNOWN_COUNTS_MS).unref())
    return release
  }
}

/** Returns a function that answers an upgrade with an HTTP status instead, and ends the connection. */
function refusalOn(socket: Duplex, observer: ServerObserver | undefined) {
  return (status: string, headers = '') => {
    observer?.turnedAway(Number.parseInt(status, 10))
    endWith(socket, status, headers)
  }
}
