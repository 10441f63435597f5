import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { WebSocket } from 'ws'
import type { Role } from '../../src/auth/principal.ts'

/** What came back of a request. */
export interface Answered {
  readonly status: number
  readonly bytes: number
  /** The beginning of the answer. */
  readonly text: string
}

const KEPT_CHARACTERS = 400
const FIRST_OF_SUBSCRIPTION = 'next'
const LONGEST_SILENCE_MS = 30_000

/** Sends requests one by one, and only counts the bytes of the answers, so that it takes little CPU time beside the service. */
export class PricedClient {
  readonly #url: string
  readonly #tokens: ReadonlyMap<Role, string>
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #sockets = new Map<Role, WebSocket>()
  #operations = 0

  constructor(url: string, tokens: ReadonlyMap<Role, string>) {
    this.#url = url
    this.#tokens = tokens
  }

  /** Sends a request over HTTP. The status is 0 if the service ends the connection without an answer. */
  async post(role: Role, body: string, wrongToken = false): Promise<Answered> {
    const token = wrongToken ? 'wrong' : this.#tokens.get(role)
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      'content-length': Buffer.byteLength(body),
    }
    const call = request(this.#url, { method: 'POST', headers, agent: this.#agent })
    // Of a body that is too large, the service reads only a part.
    const answered = new Promise<IncomingMessage | undefined>((resolve) => {
      call.on('response', resolve).on('error', () => resolve(undefined))
    })
    call.end(body)
    const response = await answered
    let bytes = 0
    let text = ''
    if (!response) return { status: 0, bytes, text }
    response.on('data', (part: Buffer) => {
      bytes += part.length
      if (text.length < KEPT_CHARACTERS) text += part.subarray(0, KEPT_CHARACTERS).toString()
    })
    await once(
      response.on('error', () => {}),
      'close',
    )
    return { status: response.statusCode!, bytes, text }
  }

  /**
   * Sends an operation over a WebSocket, and waits for the first message; then ends the operation. The status is 0 if the socket closes,
   * or is silent for so long.
   * @param payload JSON of the operation, which is not checked
   */
  async first(role: Role, payload: string, longestMs = LONGEST_SILENCE_MS): Promise<Answered> {
    const socket = await this.#socketOf(role)
    const id = String(++this.#operations)
    const answered = new Promise<Answered>((resolve) => {
      const over = (answer: Answered) => {
        clearTimeout(timer)
        socket.off('message', onMessage).off('close', onClose)
        resolve(answer)
      }
      const onClose = () => over({ status: 0, bytes: 0, text: '' })
      const timer = setTimeout(onClose, longestMs)
      const onMessage = (data: Buffer) => {
        const text = data.subarray(0, KEPT_CHARACTERS).toString()
        if (!text.includes(`"id":"${id}"`)) return
        over({ status: text.includes(`"type":"${FIRST_OF_SUBSCRIPTION}"`) ? 200 : 400, bytes: data.length, text })
      }
      socket.on('message', onMessage).on('close', onClose)
    })
    socket.send(`{"id":"${id}","type":"subscribe","payload":${payload}}`)
    const answer = await answered
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ id, type: 'complete' }))
    return answer
  }

  /** Opens the socket of a role, unless it is open. */
  async open(role: Role): Promise<void> {
    await this.#socketOf(role)
  }

  close(): void {
    this.#agent.destroy()
    for (const socket of this.#sockets.values()) socket.terminate()
  }

  async #socketOf(role: Role): Promise<WebSocket> {
    const open = this.#sockets.get(role)
    if (open?.readyState === WebSocket.OPEN) return open
    const socket = new WebSocket(this.#url.replace(/^http/, 'ws'), 'graphql-transport-ws', { perMessageDeflate: false })
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${this.#tokens.get(role)}` } }))
    await once(socket, 'message')
    this.#sockets.set(role, socket)
    return socket
  }
}
