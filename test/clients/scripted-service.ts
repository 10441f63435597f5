import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'

/** A subscription that a client started. */
export interface Subscribed {
  readonly id: string
  readonly variables: { readonly unless?: string; readonly input: Record<string, unknown> }
  /** Payload of the first message of the connection. */
  readonly credentials: Record<string, unknown>
  send(type: 'next' | 'error' | 'complete', payload?: unknown): void
  close(code: number, reason?: string): void
  /** Cuts the connection, as a failing network does. */
  cut(): void
}

/** Speaks graphql-transport-ws, and does what the test says: such as what the real service does only after rare failures. */
export class ScriptedService {
  readonly url: string
  /** Whether it answers no message. It never answers a ping. */
  isSilent = false
  /** Resolves with the id of the first subscription that the client ends. */
  readonly firstEnded: Promise<string>
  #end: (id: string) => void = () => {}
  readonly #started: Subscribed[] = []
  readonly #waiting: ((started: Subscribed) => void)[] = []

  private constructor(url: string) {
    this.url = url
    this.firstEnded = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  static async start(): Promise<ScriptedService> {
    const server = createServer()
    const sockets = new WebSocketServer({ server, handleProtocols: () => 'graphql-transport-ws' })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const service = new ScriptedService(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`)
    sockets.on('connection', (socket) => service.#serve(socket))
    onTestFinished(async () => {
      for (const socket of sockets.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    })
    return service
  }

  /** Resolves with the next subscription, whether it is here already or is still to come. */
  subscribed(): Promise<Subscribed> {
    const started = this.#started.shift()
    return started ? Promise.resolve(started) : new Promise((resolve) => this.#waiting.push(resolve))
  }

  #serve(socket: WebSocket): void {
    let credentials: Record<string, unknown> = {}
    socket.on('message', (data) => {
      if (this.isSilent) return
      const { id, type, payload } = JSON.parse(String(data))
      if (type === 'connection_init') {
        credentials = payload ?? {}
        socket.send(JSON.stringify({ type: 'connection_ack' }))
      }
      if (type === 'complete') this.#end(id)
      if (type !== 'subscribe') return
      const started: Subscribed = {
        id,
        variables: payload.variables,
        credentials,
        send: (kind, content) => socket.send(JSON.stringify({ id, type: kind, payload: content })),
        close: (code, reason) => socket.close(code, reason),
        cut: () => socket.terminate(),
      }
      const waiting = this.#waiting.shift()
      if (waiting) waiting(started)
      else this.#started.push(started)
    })
  }
}

/** A slate as a message of a subscription. */
export function slateMessage(recommendationId: string, version: number, more: Record<string, unknown> = {}) {
  const slate = { recommendationId, version, trigger: 'EVENT', fallback: false, warnings: [], items: [], ...more }
  return { data: { recommendations: { generatedAt: '2026-11-28T10:00:00.000Z', ...slate } } }
}
