import { WebSocket } from 'ws'
import { z } from 'zod'
import { AUTHORIZATION } from './credentials.ts'
import type { Operation } from './operations.ts'

const PROTOCOL = 'graphql-transport-ws'
/** How long a subscription is listened to, in ms. */
const LISTENING_MS = 300

const message = z.looseObject({ type: z.string(), id: z.string().optional(), payload: z.unknown().optional() })

export interface SocketAnswer {
  /** Payloads of `next` and `error`, in order. */
  readonly payloads: readonly unknown[]
  /** Why there is none. */
  readonly failure?: string
  /** With which the socket was closed meanwhile. */
  readonly code?: number
}

interface Waiting {
  readonly isStream: boolean
  readonly payloads: unknown[]
  readonly end: (outcome?: { failure?: string; code?: number }) => void
}

/** One socket of graphql-transport-ws, opened anew when it was closed. */
export class SocketClient {
  #socket: WebSocket | undefined
  #ready: Promise<void> | undefined
  readonly #waiting = new Map<string, Waiting>()
  #asked = 0

  /** @param variables JSON */
  async ask(url: string, { type, document, variables }: Operation, patienceMs: number): Promise<SocketAnswer> {
    try {
      await this.#open(url)
    } catch (error) {
      return { payloads: [], failure: (error as Error).message }
    }
    const id = String(++this.#asked)
    return new Promise((resolve) => {
      const payloads: unknown[] = []
      const end: Waiting['end'] = (outcome) => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        resolve({ payloads, ...outcome })
      }
      const timer = setTimeout(() => end({ failure: 'no answer' }), patienceMs)
      this.#waiting.set(id, { isStream: type === 'subscription', payloads, end })
      this.#socket!.send(
        `{"type":"subscribe","id":"${id}","payload":{"query":${JSON.stringify(document)},"variables":${variables}}}`,
      )
    })
  }

  close(): void {
    this.#socket?.terminate()
    this.#socket = undefined
    this.#ready = undefined
  }

  #open(url: string): Promise<void> {
    this.#ready ??= new Promise((resolve, reject) => {
      const socket = new WebSocket(url.replace(/^http/, 'ws'), PROTOCOL)
      this.#socket = socket
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: AUTHORIZATION } })))
      socket.on('message', (bytes) => this.#receive(String(bytes), resolve))
      socket.on('error', (error) => reject(error))
      socket.on('close', (code, reason) => {
        if (this.#socket === socket) this.close()
        reject(new Error(`the socket was closed: ${code}`))
        for (const { end } of [...this.#waiting.values()]) end({ failure: `the socket was closed: ${code} ${reason}`, code })
      })
    })
    return this.#ready
  }

  #receive(text: string, acknowledge: () => void): void {
    const { type, id, payload } = message.parse(JSON.parse(text))
    if (type === 'connection_ack') acknowledge()
    if (type === 'ping') this.#socket?.send('{"type":"pong"}')
    const waiting = id === undefined ? undefined : this.#waiting.get(id)
    if (!waiting || id === undefined) return
    if (type === 'next' || type === 'error') {
      waiting.payloads.push(payload)
      if (waiting.isStream && waiting.payloads.length === 1) {
        setTimeout(() => {
          if (!this.#waiting.has(id)) return
          this.#socket?.send(`{"type":"complete","id":"${id}"}`)
          waiting.end()
        }, LISTENING_MS)
      }
    }
    if (type === 'complete' || type === 'error') waiting.end()
  }
}
