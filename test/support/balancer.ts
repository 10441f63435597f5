import { once } from 'node:events'
import { type ClientRequest, createServer, type IncomingMessage, request as openRequest, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from './eventually.ts'

/** How long after its answer each process is asked again whether it is ready, in ms. */
const CHECKED_EVERY_MS = 50

/**
 * A plain HTTP balancer on loopback: it sends each request, and each WebSocket, to the next process whose `/ready` answered 200 last.
 * It repeats nothing: a request that fails at a process fails for its client.
 */
export class Balancer {
  /** Requests that a process did not answer whole, and why. Streams are not among them: they end with their process. */
  readonly unanswered: string[] = []
  readonly #server: Server
  readonly #ports: readonly number[]
  readonly #ready = new Set<number>()
  readonly #upgraded = new Set<Socket>()
  /** Requests whose answers have not begun. */
  readonly #passed = new Set<{ readonly port: number }>()
  #isClosed = false
  #turn = 0

  private constructor(server: Server, ports: readonly number[]) {
    this.#server = server
    this.#ports = ports
    server.on('request', (request, response) => {
      const upstream = this.#pass(request, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer
          .on('error', (error) => {
            this.#blame(request, error)
            response.destroy()
          })
          .pipe(response)
      })
      upstream.on('error', (error) => {
        this.#blame(request, error)
        if (response.headersSent) response.destroy()
        else response.writeHead(502).end()
      })
      response.once('close', () => upstream.destroy())
    })
    server.on('upgrade', (request, socket: Socket, head) => this.#upgrade(request, socket, head))
    for (const port of ports) void this.#watch(port)
  }

  /** Starts it. Waits for no process. */
  static async inFrontOf(ports: readonly number[]): Promise<Balancer> {
    // It ends no idle connection: a client may be about to send a request on it, which would fail.
    const server = createServer({ keepAliveTimeout: 0 }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Balancer(server, ports)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/graphql`
  }

  /** Resolves when it sends requests to this process. */
  sendsTo(port: number): Promise<void> {
    return eventually(() => {
      if (!this.#ready.has(port)) throw new Error(`nothing is ready on port ${port}`)
    }, CHECKED_EVERY_MS)
  }

  /** Resolves when it sends requests to this process no more, and those that it has sent are being answered. */
  avoids(port: number): Promise<void> {
    return eventually(() => {
      if (this.#ready.has(port) || [...this.#passed].some((one) => one.port === port))
        throw new Error(`requests are still sent to port ${port}`)
    }, CHECKED_EVERY_MS)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const socket of this.#upgraded) socket.destroy()
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #watch(port: number): Promise<void> {
    while (!this.#isClosed) {
      const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined)
      await answer?.arrayBuffer().catch(() => undefined)
      if (answer?.ok) this.#ready.add(port)
      else this.#ready.delete(port)
      await wait(CHECKED_EVERY_MS)
    }
  }

  #pass(request: IncomingMessage, onAnswer: (answer: IncomingMessage) => void): ClientRequest {
    const ready = this.#ports.filter((port) => this.#ready.has(port))
    const port = ready[this.#turn++ % ready.length]
    const { method, url, headers } = request
    const upstream = openRequest({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, onAnswer)
    const passed = { port }
    this.#passed.add(passed)
    for (const event of ['response', 'upgrade', 'close']) upstream.once(event, () => this.#passed.delete(passed))
    request.pipe(upstream)
    return upstream
  }

  #blame({ headers }: IncomingMessage, error: Error): void {
    if (!headers.accept?.includes('text/event-stream')) this.unanswered.push(String(error))
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const upstream = this.#pass(request, () => socket.destroy())
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
    upstream.on('upgrade', ({ headers }, other: Socket, otherHead: Buffer) => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`)
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`)
      socket.write(otherHead)
      other.write(head)
      for (const [from, to] of [
        [socket, other],
        [other, socket],
      ]) {
        this.#upgraded.add(from)
        from.on('error', () => to.destroy())
        from.once('close', () => {
          this.#upgraded.delete(from)
          to.destroy()
        })
        from.pipe(to)
      }
    })
  }
}
