import type { IncomingMessage } from 'node:http'
import type { GraphQLError } from 'graphql'
import type { Server as ProtocolServer, SubscribePayload } from 'graphql-ws'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import { CLOSE_CODES } from './close-codes.ts'
import { close, closingCode } from './close-socket.ts'
import { COMPRESSED_FROM_BYTES } from './compression-budget.ts'
import { limitControlFrames } from './control-frames.ts'
import { readInOrder } from './messages-in-order.ts'
import { IdInUseError, OperationIds } from './operation-ids.ts'
import { ORDINARY_ANSWER_BYTES } from './rate-limits.ts'
import type { SocketSession } from './socket-session.ts'
import { refusalOfUnparsed, unparsedId } from './unparsed-message.ts'
import type { UnreadAnswers } from './unread-answers.ts'

/** Time limit for `connection_init` after the upgrade, in ms. */
export const CONNECTION_INIT_MS = 3_000
/** Time between two pings, in ms. A client that has not answered one when the next is due is gone. */
const KEEP_ALIVE_MS = 30_000
/** How long a socket stays open whose client is not read any more, in ms. */
const CLOSING_MS = 1000
/** Most bytes of the reason of a close frame (RFC 6455, 5.5). */
const MAX_REASON_BYTES = 123

/** Data about the socket of an operation. */
export interface SocketExtra {
  readonly socket: WebSocket
  readonly request: IncomingMessage
  readonly ids: OperationIds
  /** Size of the message that is being handled, in bytes. */
  messageBytes: number
  /** Payloads of the subscriptions that have started. */
  readonly streams: Set<SubscribePayload>
  /** A question for the points of the last message that is on its way. */
  admission?: Promise<number> | undefined
  /** The session of the connection; set after `connection_init` has authenticated it. */
  session?: SocketSession
}

export interface SocketParts {
  readonly logger: Logger
  /** Takes the points for a message of this size. Returns 0 if it took them, or after how many ms they are there. */
  readonly admit: (bytes: number, extra: SocketExtra) => number | Promise<number>
  /** Most bytes that wait for one client to read them. */
  readonly mostUnread: number
  readonly unread: UnreadAnswers
  /** Called for an operation that is refused before its message is parsed. */
  readonly onRefused?: ((error: GraphQLError) => void) | undefined
  /** Called when the socket is closed, with the code with which the service closed it, or else that of the client. */
  readonly onClosed?: ((code: number) => void) | undefined
}

/** An open WebSocket whose messages are operations of GraphQL. */
export interface ServedSocket {
  /** Takes no further message, and closes the socket with 1001 once every operation that is not a subscription is answered. */
  goAway(): void
}

/** Closes a socket whose client leaves more unread than the process keeps for one. */
function closeSlowReader(socket: WebSocket, { mostUnread, logger }: SocketParts): void {
  const waiting = socket.bufferedAmount
  if (socket.readyState !== socket.OPEN || waiting <= mostUnread) return
  logger.debug({ waiting }, 'a WebSocket client reads too slowly')
  closeWith(socket, CLOSE_CODES.READS_TOO_SLOWLY, 'Reads too slowly')
}

/** Closes a socket at once: its client reads nothing, so it would not read the code either. */
function dropSlowReader(socket: WebSocket): void {
  closeWith(socket, CLOSE_CODES.READS_TOO_SLOWLY, 'Reads too slowly')
  socket.terminate()
}

/** Closes a socket whose client floods it with control frames, and reads no more of them. */
function closeFlooder(socket: WebSocket, logger: Logger): void {
  logger.debug('a WebSocket client sends too many pings')
  closeWith(socket, CLOSE_CODES.TOO_MANY_PINGS, 'Too many pings')
  socket.pause()
  // The client has this time to read the code. The confirmation of the close is not waited for: it stands behind the flood.
  setTimeout(() => socket.terminate(), CLOSING_MS).unref()
}

/** Reads a message, or closes the socket if nobody can. @returns undefined: there is nothing to do */
function readMessage(data: Buffer, waitMs: number, extra: SocketExtra, parts: SocketParts): unknown {
  try {
    return received(data, waitMs, extra, parts.onRefused)
  } catch (error) {
    closeAfterFailure(extra.socket, error, parts.logger)
    return undefined
  }
}

/** Sends a message, if there is one and the socket is open. Closes the socket if too much of it is unread then. */
function sendText({ socket, request }: SocketExtra, text: string | undefined, parts: SocketParts): Promise<void> {
  return new Promise((resolve, reject) => {
    if (text === undefined || socket.readyState !== socket.OPEN) return resolve()
    const isOrdinary = text.length + socket.bufferedAmount <= ORDINARY_ANSWER_BYTES
    const release = isOrdinary ? undefined : parts.unread.hold(request, text.length, () => dropSlowReader(socket))
    socket.send(text, { compress: text.length >= COMPRESSED_FROM_BYTES }, (error) => {
      release?.()
      if (error) reject(error)
      else resolve()
    })
    closeSlowReader(socket, parts)
  })
}

/** Connects a socket to the protocol. Closes sockets whose client is gone or does not read, and logs failures. */
export function serveSocket(
  protocol: ProtocolServer<SocketExtra>,
  socket: WebSocket,
  request: IncomingMessage,
  parts: SocketParts,
): ServedSocket {
  const { logger, admit, onClosed } = parts
  const streams = new Set<SubscribePayload>()
  let running = 0
  let isLeaving = false
  const closeIfAnswered = () => {
    if (isLeaving && running <= streams.size) close(socket, CLOSE_CODES.GOING_AWAY, 'Going away')
  }
  // ws closes the socket itself, with the code of what is wrong with a frame.
  socket.on('error', (error) => logger.debug({ error }, 'a WebSocket failed'))
  const closeIfUnread = () => closeSlowReader(socket, parts)
  socket.on('ping', closeIfUnread)
  limitControlFrames(socket, () => closeFlooder(socket, logger))
  const ids = new OperationIds()
  const extra: SocketExtra = { socket, request, ids, streams, messageBytes: 0 }
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (data) => sendText(extra, ids.outgoing(data), parts),
      close: (code, reason) => close(socket, code, reason),
      onMessage: (handle) => {
        const admitted = (bytes: number) => admit(bytes, extra)
        readInOrder(socket, admitted, (data, waitMs) => {
          // What is not begun is not answered either: the client sends it again over its next socket.
          if (isLeaving) return
          const message = readMessage(data, waitMs, extra, parts)
          if (message === undefined) return closeIfUnread()
          running++
          extra.messageBytes = data.length
          // The library parses a text, and takes a message that is parsed as it is.
          handle(message as string)
            .catch((error: unknown) => closeAfterFailure(socket, error, logger))
            .finally(() => {
              running--
              closeIfAnswered()
            })
        })
      },
    },
    extra,
  )
  const keepAlive = pingRegularly(socket)
  socket.once('close', (code, reason) => {
    clearInterval(keepAlive)
    ids.withdrawAll()
    extra.session?.close()
    onClosed?.(closingCode(socket, code))
    closed(code, String(reason)).catch((error: unknown) => logger.error({ error }, 'a WebSocket could not be cleaned up'))
  })
  return {
    goAway: () => {
      isLeaving = true
      closeIfAnswered()
    },
  }
}

/** Closes a socket. What the client sends meanwhile is not read. */
export function closeWith(socket: WebSocket, code: number, reason: string): void {
  socket.removeAllListeners('message')
  const bytes = Buffer.from(reason)
  // Not within a character.
  close(socket, code, bytes.length > MAX_REASON_BYTES ? bytes.subarray(0, MAX_REASON_BYTES).toString('ascii') : reason)
}

function closeAfterFailure(socket: WebSocket, error: unknown, logger: Logger): void {
  // A client that left while it was written to is none of our failures.
  if (socket.readyState !== socket.OPEN) return
  if (error instanceof IdInUseError) {
    closeWith(socket, CLOSE_CODES.OPERATION_ALREADY_EXISTS, error.message)
    return
  }
  if (isUnexpectedMessage(error)) {
    logger.debug({ error }, 'a WebSocket client sent a message that only servers send')
    close(socket, CLOSE_CODES.BAD_MESSAGE, 'Unexpected message')
    return
  }
  logger.error({ error }, 'a WebSocket message could not be handled')
  close(socket, CLOSE_CODES.INTERNAL_ERROR, 'Internal server error')
}

/**
 * Parses a message and gives its operation an id of its own. An operation that is refused before is answered.
 * @param waitMs as `admit` returned it
 * @returns undefined if there is nothing to do
 * @throws IdInUseError if the client begins an operation under the id of another one
 */
function received(
  data: Buffer,
  waitMs: number,
  { socket, session, ids }: SocketExtra,
  onRefused: SocketParts['onRefused'],
): unknown {
  const text = String(data)
  const refusal = refusalOfUnparsed(text, data.length, session?.principal, waitMs)
  if (!refusal) return ids.incoming(withQuery(parsed(text)))
  onRefused?.(refusal)
  const id = unparsedId(text)
  if (id !== undefined) {
    if (ids.has(id)) throw new IdInUseError(id)
    socket.send(JSON.stringify({ id, type: 'error', payload: [refusal] }))
  } else closeWith(socket, waitMs > 0 ? CLOSE_CODES.TRY_AGAIN_LATER : CLOSE_CODES.BAD_MESSAGE, refusal.message)
  return undefined
}

/** Parses a message. What is no JSON is left to the protocol library, which closes the socket. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The protocol library closes the socket at an operation without `query`. One that names its document by a hash gets an empty one. */
function withQuery(message: unknown): unknown {
  const { type, payload } = (message ?? {}) as { type?: unknown; payload?: unknown }
  if (type !== 'subscribe' || typeof payload !== 'object' || payload === null || 'query' in payload) return message
  const names = 'documentId' in payload || ('extensions' in payload && Object(payload.extensions).persistedQuery !== undefined)
  return names ? { ...(message as object), payload: { ...payload, query: '' } } : message
}

/** The protocol library throws a plain error at a message of a type that clients do not send, such as `next`. */
function isUnexpectedMessage(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unexpected message of type')
}

function pingRegularly(socket: WebSocket): NodeJS.Timeout {
  let answered = true
  socket.on('pong', () => {
    answered = true
  })
  return setInterval(() => {
    if (socket.readyState !== socket.OPEN) return
    if (!answered) return socket.terminate()
    answered = false
    socket.ping()
  }, KEEP_ALIVE_MS)
}
