import type { IncomingMessage } from 'node:http'
import { type Context, MessageType, type Server as ProtocolServer, parseMessage } from 'graphql-ws'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import { CLOSE_CODES } from './close-codes.ts'
import { COMPRESSED_FROM_BYTES } from './compression-budget.ts'
import { tooManyValues } from './json-values.ts'
import { largestParsed, MAX_UNKNOWN_BYTES } from './message-size.ts'
import type { NetworkGate } from './network-gate.ts'
import { codeOf } from './observed-operations.ts'
import { isServer, ORDINARY_ANSWER_BYTES } from './rate-limits.ts'
import { SocketReading } from './socket-reading.ts'
import type { SocketSession } from './socket-session.ts'
import { holdUnfinished } from './unfinished-message.ts'

/** Time between two pings, in ms. A client that has not answered one when the next is due is gone. */
const KEEP_ALIVE_MS = 30_000
/** How long a socket stays open whose client is not read any more, in ms. */
const CLOSING_MS = 1000
/** Most bytes of the reason of a close frame (RFC 6455, 5.5). */
const MAX_REASON_BYTES = 123
/**
 * Pings and pongs that a client may send at once, and in a second after that. A well-behaved client sends one in some seconds. They are no
 * messages, so the rates of messages do not limit them, but answering a ping costs about as much as a small message.
 */
const CONTROL_FRAMES = { atOnce: 50, aSecond: 10 }
/** Memory that a message takes beside its text until its client reads it, in bytes. */
const MESSAGE_BYTES = 512
const DONE = Promise.resolve()

/** An operation whose message the protocol library still handles, even if the client has ended it. */
interface RunningOperation {
  /** Never ends by itself, so nobody waits for it when the process stops. */
  isStream: boolean
  /** Tells that nobody waits for the answer any more; made on demand. */
  withdrawal?: AbortController
  /** Resolves when the message is handled. */
  done: Promise<void>
}

/** What the hooks of the protocol library learn about a socket. */
export type SocketContext = Context<Record<string, unknown>, ServedSocket>

export interface SocketParts {
  readonly gate: NetworkGate
  readonly logger: Logger
  readonly onSession: () => void
}

/** An open WebSocket whose messages are operations of GraphQL: the adapter between `ws` and the protocol library. */
export class ServedSocket {
  readonly request: IncomingMessage
  /** Size of the message that is being handled, in bytes. */
  messageBytes = 0
  /** Time until its sender has the points for that message, in ms; 0: it had them. */
  waitMs = 0
  readonly #socket: WebSocket
  readonly #gate: NetworkGate
  readonly #logger: Logger
  readonly #onSession: () => void
  readonly #reading: SocketReading
  /** Most bytes that wait for the client to read them: two of the largest answers. */
  readonly #mostUnread: number
  #handle: (text: string) => Promise<void> = () => DONE
  /** By the id that the client has chosen. */
  readonly #running = new Map<string, RunningOperation>()
  /** Id of the operation that began with the message that is being handled. */
  #begun: string | undefined
  #session: SocketSession | undefined
  /** Set once an operation may be withdrawn. */
  #context: SocketContext | undefined
  #closedWith: number | undefined
  #isLeaving = false

  /** @param onSession called when `connection_init` is accepted */
  constructor(socket: WebSocket, request: IncomingMessage, { gate, logger, onSession }: SocketParts) {
    this.#socket = socket
    this.#onSession = onSession
    this.request = request
    this.#gate = gate
    this.#logger = logger
    this.#mostUnread = 2 * Math.max(gate.answerBytes.device, gate.answerBytes.other)
    this.#reading = new SocketReading(socket, request.socket)
    holdUnfinished(request.socket, (bytes) => this.#holdUnfinished(bytes))
    // ws closes the socket itself, with the code of what is wrong with a frame.
    socket.on('error', (error) => logger.debug({ error }, 'a WebSocket failed'))
    this.#limitUnknown()
    this.#limitControlFrames()
  }

  /** Gives the messages to the protocol library. */
  serve(protocol: ProtocolServer<ServedSocket>): void {
    const socket = this.#socket
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => this.#send(text),
        close: (code, reason) => this.close(code ?? CLOSE_CODES.NORMAL, reason ?? ''),
        onMessage: (handle) => {
          this.#handle = handle
        },
      },
      this,
    )
    const admit = (bytes: number) => this.#admit(bytes)
    this.#reading.inOrder(admit, (message, waitMs) => this.#take(message, waitMs))
    const keepAlive = pingRegularly(socket)
    socket.once('close', (code, reason) => {
      clearInterval(keepAlive)
      for (const { withdrawal } of this.#running.values()) withdrawal?.abort()
      this.#session?.close()
      this.#gate.observer?.socketClosed(this.#closedWith ?? code)
      closed(code, String(reason)).catch((error: unknown) => this.#logger.error({ error }, 'a WebSocket could not be cleaned up'))
    })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  /** Undefined until `connection_init` has authenticated it. */
  get session(): SocketSession | undefined {
    return this.#session
  }

  /** Begins the session. @param onClosed called when the socket is closed */
  begin(session: SocketSession, onClosed: () => void): void {
    this.#session = session
    this.#socket.once('close', onClosed)
    this.#onSession()
  }

  /** Number of operations that are not over, even if their client has ended them. */
  get running(): number {
    return this.#running.size
  }

  /**
   * Notes that an operation begins with the message that is being handled.
   * @returns an earlier operation with the same id that is not over, although the client has ended it: the protocol library would take one
   * for the other
   */
  beginOperation(id: string): RunningOperation | undefined {
    const former = this.#running.get(id)
    if (!former) {
      this.#running.set(id, { isStream: false, done: DONE })
      this.#begun = id
    }
    return former
  }

  /** Notes that the answer of an operation is a stream. */
  beginStream(id: string): void {
    const operation = this.#running.get(id)
    if (operation) operation.isStream = true
  }

  /** Returns a signal that is aborted when the client ends the operation or closes the socket. */
  withdrawalOf(id: string, context: SocketContext): AbortSignal {
    const operation = this.#running.get(id)
    if (!operation || !(id in context.subscriptions)) return AbortSignal.abort()
    operation.withdrawal ??= new AbortController()
    this.#context = context
    return operation.withdrawal.signal
  }

  /** Takes no further message, and closes the socket with 1001 once every operation that is not a subscription is answered. */
  goAway(): void {
    this.#isLeaving = true
    for (const { isStream } of this.#running.values()) if (!isStream) return
    this.close(CLOSE_CODES.GOING_AWAY, 'Going away')
  }

  /** Closes the socket. What the client sends meanwhile is ignored. */
  close(code: number, reason: string): void {
    // A client that does not read never confirms the code.
    if (this.isOpen) this.#closedWith = code
    const bytes = Buffer.from(reason)
    // Not within a character.
    this.#socket.close(code, bytes.length > MAX_REASON_BYTES ? bytes.subarray(0, MAX_REASON_BYTES).toString('ascii') : reason)
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.#socket.terminate()
  }

  /** Closes the socket and reads nothing more. The client has some time to read the code: its confirmation stands behind what it has sent. */
  #closeUnread(code: number, reason: string): void {
    this.#reading.stop()
    this.close(code, reason)
    setTimeout(() => this.terminate(), CLOSING_MS).unref()
  }

  /** Limits what is read before anyone has shown a token: it is kept. */
  #limitUnknown(): void {
    const { socket: connection } = this.request
    let bytes = 0
    const count = ({ length }: Buffer) => {
      bytes += length
      if (this.#session) connection.off('data', count)
      else if (bytes <= MAX_UNKNOWN_BYTES) return
      else if (this.isOpen) this.#closeUnknown()
      else this.terminate()
    }
    connection.prependListener('data', count)
  }

  /** Servers are not limited by their address. */
  #holdUnfinished(bytes: number): () => void {
    if (this.#session && isServer(this.#session.principal)) return () => {}
    return this.#gate.held.hold(this.request, bytes, () => {
      this.close(CLOSE_CODES.SENDS_TOO_SLOWLY, 'Too many bytes of unfinished messages from this address')
      this.terminate()
    })
  }

  #closeUnknown(): void {
    this.#closeUnread(CLOSE_CODES.MESSAGE_TOO_LARGE, `More than ${MAX_UNKNOWN_BYTES} bytes before connection_init was accepted`)
  }

  #limitControlFrames(): void {
    const { atOnce, aSecond } = CONTROL_FRAMES
    let left = atOnce
    let countedAt = performance.now()
    const count = () => {
      const now = performance.now()
      left = Math.min(atOnce, left + ((now - countedAt) / 1000) * aSecond) - 1
      countedAt = now
      if (left >= 0) return this.#closeIfUnread()
      this.#socket.off('ping', count).off('pong', count)
      this.#logger.debug('a WebSocket client sends too many pings')
      this.#closeUnread(CLOSE_CODES.TOO_MANY_PINGS, 'Too many pings')
    }
    this.#socket.on('ping', count).on('pong', count)
  }

  /** Takes the points for a message. @returns 0 if they were there, or after how many ms they are */
  #admit(bytes: number): number | Promise<number> {
    const { rates, origins } = this.#gate
    // Before `connection_init` is accepted, messages are small.
    if (!this.#session || bytes <= MAX_UNKNOWN_BYTES) return 0
    return rates.takeBody({ principal: this.#session.principal, address: () => origins.addressOf(this.request) }, bytes)
  }

  #take(message: Buffer, waitMs: number): void {
    // What is not begun is not answered either: the client sends it again over its next socket.
    if (this.#isLeaving) return
    if (!this.#session && message.length > MAX_UNKNOWN_BYTES) {
      this.#closeUnknown()
      return
    }
    const most = largestParsed(this.#session?.principal)
    if (message.length > most) {
      this.#closeUnread(CLOSE_CODES.MESSAGE_TOO_LARGE, `The message has ${message.length} bytes; at most ${most} are read`)
      return
    }
    if (waitMs > 0) this.#reading.rest(waitMs)
    const text = String(message)
    const problem = tooManyValues(text)
    if (problem) {
      this.#gate.observer?.refused(codeOf([problem]))
      this.close(CLOSE_CODES.BAD_MESSAGE, problem.message)
      return
    }
    this.messageBytes = message.length
    this.waitMs = waitMs
    this.#begun = undefined
    const handled = this.#handle(withQuery(text)).catch((error: unknown) => this.#closeAfterFailure(error, text))
    // The library has taken an operation that the client has ended out of its context, or called the hook of a new one.
    if (this.#context)
      for (const [id, { withdrawal }] of this.#running) if (withdrawal && !(id in this.#context.subscriptions)) withdrawal.abort()
    if (this.#begun === undefined) return
    const id = this.#begun
    const operation = this.#running.get(id)!
    operation.done = handled.finally(() => {
      this.#running.delete(id)
      if (this.#isLeaving) this.goAway()
    })
  }

  /** Sends a message, if the socket is open. Closes the socket if too much of it is unread then. */
  #send(text: string): Promise<void> {
    const socket = this.#socket
    if (!this.isOpen) return DONE
    const isLarge = text.length + socket.bufferedAmount > ORDINARY_ANSWER_BYTES
    let release = () => {}
    const sent = new Promise<void>((resolve) => {
      // A client that left while it was written to is none of our failures.
      socket.send(text, { compress: text.length >= COMPRESSED_FROM_BYTES }, () => {
        release()
        resolve()
      })
    })
    // What the system takes at once is not kept.
    if (socket.bufferedAmount === 0) return isLarge ? sent : DONE
    release = this.#gate.held.hold(this.request, text.length + MESSAGE_BYTES, () => {
      this.close(CLOSE_CODES.READS_TOO_SLOWLY, 'Reads too slowly')
      // It would not read the code either.
      this.terminate()
    })
    if (!isLarge) return DONE
    this.#closeIfUnread()
    return sent
  }

  /** Closes the socket if its client leaves more unread than the process keeps for one. */
  #closeIfUnread(): void {
    const waiting = this.#socket.bufferedAmount
    if (!this.isOpen || waiting <= this.#mostUnread) return
    this.#logger.debug({ waiting }, 'a WebSocket client reads too slowly')
    this.close(CLOSE_CODES.READS_TOO_SLOWLY, 'Reads too slowly')
  }

  #closeAfterFailure(error: unknown, text: string): void {
    if (!this.isOpen) return
    if (isOfServers(text)) this.close(CLOSE_CODES.BAD_MESSAGE, 'Unexpected message')
    else {
      this.#logger.error({ error }, 'a WebSocket message could not be handled')
      this.close(CLOSE_CODES.INTERNAL_ERROR, 'Internal server error')
    }
  }
}

/** Tells whether a message that the protocol library has parsed is one that only servers send. */
function isOfServers(text: string): boolean {
  const { type } = parseMessage(text)
  return type === MessageType.ConnectionAck || type === MessageType.Next || type === MessageType.Error
}

/** The protocol library closes the socket at an operation without `query`. One that names its document by a hash gets an empty one. */
function withQuery(text: string): string {
  if (!text.includes('"documentId"') && !text.includes('"persistedQuery"')) return text
  try {
    const { payload, ...message } = JSON.parse(text) as { payload?: { extensions?: unknown } | null }
    if (typeof payload !== 'object' || payload === null || 'query' in payload) return text
    const names = 'documentId' in payload || Object(payload.extensions).persistedQuery !== undefined
    return names ? JSON.stringify({ ...message, payload: { ...payload, query: '' } }) : text
  } catch {
    return text
  }
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
