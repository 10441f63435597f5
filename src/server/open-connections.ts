import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { HeldBytes } from './held-bytes.ts'

/**
 * Most requests of one connection that wait for their answers. Ordinary clients send the next request once the last one is answered.
 * Thousands in one packet would be kept until all before them are answered.
 */
const MOST_WAITING = 100
/** Memory that a request takes beside its headers and its body, in bytes. */
const REQUEST_BYTES = 4 * 1024
/** Most bytes of a body that Node reads before anybody asks for them. */
const READ_AHEAD_BYTES = 64 * 1024

/** The open connections of HTTP, with the answers that each of them waits for. */
export class OpenConnections {
  /** By connection, what answers each of its requests, in their order, and what stops counting its memory. */
  readonly #waiting = new Map<
    Socket,
    Map<ServerResponse, { readonly answer: () => void; readonly release: (() => void) | undefined }>
  >()

  readonly #held: Pick<HeldBytes, 'hold'>

  /** @param held counts the requests that wait until others are answered, which may take as long as a stream */
  constructor(held: Pick<HeldBytes, 'hold'>) {
    this.#held = held
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Number of answers that are still to come, on all connections. */
  get waiting(): number {
    let waiting = 0
    for (const { size } of this.#waiting.values()) waiting += size
    return waiting
  }

  add(connection: Socket): void {
    this.#waiting.set(connection, new Map())
    // Node reports the end of a connection only to the first of the answers that wait for it.
    connection.once('close', () => {
      const waiting = this.#waiting.get(connection)
      this.#waiting.delete(connection)
      for (const { release } of waiting?.values() ?? []) release?.()
    })
  }

  /**
   * Answers the requests of a connection one after another, each once the client has taken the answer before. So a client that reads
   * nothing has one answer in memory. Closes the connection if it waits for too many.
   */
  answerInTurn(connection: Socket, response: ServerResponse, answer: () => void): void {
    const waiting = this.#waiting.get(connection)
    if (!waiting || connection.destroyed) return
    if (waiting.size >= MOST_WAITING) return void connection.destroy()
    const release =
      waiting.size > 0 ? this.#held.hold(response.req, bytesOf(response.req), () => connection.destroy()) : undefined
    waiting.set(response, { answer, release })
    response.once('close', () => {
      waiting.delete(response)
      release?.()
      const [next] = waiting.values()
      if (next && !connection.destroyed) next.answer()
    })
    if (waiting.size === 1) answer()
  }

  /** Lets each answer that is still to come ask to close its connection. */
  askToClose(): void {
    for (const waiting of this.#waiting.values()) for (const response of waiting.keys()) response.shouldKeepAlive = false
  }

  /** Closes those that were opened ahead, and have brought no request yet: to Node, they are not idle. */
  closeUnused(): void {
    for (const connection of this.#waiting.keys()) if (connection.bytesRead === 0) connection.destroy()
  }
}

/** Returns the memory that a request takes before it is answered, in bytes. */
function bytesOf({ headers, rawHeaders }: IncomingMessage): number {
  const body = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : READ_AHEAD_BYTES
  return rawHeaders.reduce((sum, { length }) => sum + length, REQUEST_BYTES + Math.min(body, READ_AHEAD_BYTES))
}

/**
 * Answers with a status on a connection that has no response, or whose request is not read to its end, and ends the connection.
 * @param headers lines
 */
export function endWith(connection: Duplex, status: string, headers = ''): void {
  connection.once('finish', () => connection.destroy())
  connection.end(`HTTP/1.1 ${status}\r\n${headers}Cache-Control: no-store\r\nConnection: close\r\n\r\n`)
}
