import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/** As many bytes as Node reads at once. After a full read, libuv reads the same connection again, up to 32 times, before it turns to others. */
const FULL_READ_BYTES = 64 * 1024

/** Longest time for which a socket is not read after a message without points, in ms: its client must answer pings meanwhile. */
const LONGEST_REST_MS = 10_000

/** Stops and resumes the reading of a socket, for several reasons at the same time. */
export class SocketReading {
  readonly #socket: WebSocket
  #reasons = 0
  #restMs = 0

  /**
   * Lets other connections have their turn after each full read of the socket. A message in fragments of one byte takes about 1 s of CPU time
   * for 2 MB, and with 20 such sockets, others waited 12 s for an answer.
   * @param connection what the socket uses
   */
  constructor(socket: WebSocket, connection: Socket) {
    this.#socket = socket
    connection.on('data', ({ length }: Buffer) => {
      if (length >= FULL_READ_BYTES) setImmediate(this.stop())
    })
  }

  /** Stops reading. @returns function to call once, when the reason is over: the socket is read again if there is no other reason */
  stop(): () => void {
    this.#reasons++
    this.#socket.pause()
    return () => {
      if (--this.#reasons === 0) this.#socket.resume()
    }
  }

  /**
   * Gives the messages in order, each after it was admitted. While an admission is asked for elsewhere, such as in Redis, nothing more is read.
   * @param admit takes the points for a message of this size in bytes. Returns 0 if it took them, or after how many ms they are there; never rejects
   * @param take called with each message, and with what `admit` returned; never throws
   */
  inOrder(admit: (bytes: number) => number | Promise<number>, take: (message: Buffer, waitMs: number) => void): void {
    const socket = this.#socket
    const waiting: Buffer[] = []
    let isAsking = false
    const takeNext = () => {
      // Once the service closes the socket, it takes nothing more of it.
      while (!isAsking && waiting.length > 0 && socket.readyState === socket.OPEN) {
        const message = waiting.shift()!
        const wait = admit(message.length)
        if (typeof wait === 'number') take(message, wait)
        else void takeAfter(message, wait)
      }
    }
    const takeAfter = async (message: Buffer, wait: Promise<number>) => {
      isAsking = true
      const resume = this.stop()
      const ms = await wait
      isAsking = false
      resume()
      if (socket.readyState === socket.OPEN) take(message, ms)
      takeNext()
    }
    socket.on('message', (data) => {
      // As `binaryType` is not set, ws gives each message in one buffer. Some come even after a pause: they were read before it.
      waiting.push(data as Buffer)
      takeNext()
    })
  }

  /**
   * Reads nothing for a while, after a message without points: reading, decompressing and parsing the next one would be free of charge. A message
   * of 2 MiB may take 2 KB when compressed, so one read brings many of them. Each makes the rest longer.
   */
  rest(ms: number): void {
    const isResting = this.#restMs > 0
    this.#restMs = Math.min(this.#restMs + ms, LONGEST_REST_MS)
    if (isResting) return
    const resume = this.stop()
    let rested = 0
    const goOn = () => {
      const left = this.#restMs - rested
      rested = this.#restMs
      if (left > 0) return void setTimeout(goOn, left).unref()
      this.#restMs = 0
      resume()
    }
    goOn()
  }
}
