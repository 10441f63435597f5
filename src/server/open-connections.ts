import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Most requests of one connection that wait for their answers. Ordinary clients send the next request once the last one is answered.
 * Thousands in one packet would hold up everyone else, and be kept until all before them are answered.
 */
const MOST_WAITING = 100

/** The open connections of HTTP, with the answers that each of them waits for. */
export class OpenConnections {
  readonly #waiting = new Map<Socket, Set<ServerResponse>>()

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
    this.#waiting.set(connection, new Set())
    // Node reports the end of a connection only to the first of the answers that wait for it.
    connection.once('close', () => this.#waiting.delete(connection))
  }

  /**
   * Notes an answer until it is sent. Closes the connection if it waits for too many.
   * @returns false if the connection is closed: then nothing is to be answered
   */
  admits(connection: Socket, response: ServerResponse): boolean {
    const waiting = this.#waiting.get(connection)
    if (!waiting || connection.destroyed) return false
    if (waiting.size >= MOST_WAITING) {
      connection.destroy()
      return false
    }
    waiting.add(response)
    response.once('close', () => waiting.delete(response))
    return true
  }

  /** Lets each answer that is still to come ask to close its connection. */
  askToClose(): void {
    for (const waiting of this.#waiting.values()) for (const response of waiting) response.shouldKeepAlive = false
  }

  /** Closes those that were opened ahead, and have brought no request yet: to Node, they are not idle. */
  closeUnused(): void {
    for (const connection of this.#waiting.keys()) if (connection.bytesRead === 0) connection.destroy()
  }
}
