import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { SignJWT } from 'jose'
import { WebSocket } from 'ws'

/** WebSockets, and streams, that a user may have. */
const OF_A_USER = 20
/** Connections that are opened at the same time. */
const AT_ONCE = 50

/** An attacker behind a proxy of this machine, with as many connections of one address as wanted, and with tokens of devices. */
export class Attacker {
  readonly #host: string
  readonly #port: number
  readonly #secret: Uint8Array
  /** By which the proxy names it. */
  readonly #address: string
  readonly #connections = new Set<Socket | WebSocket>()
  readonly #tokens = new Map<string, Promise<string>>()
  #refused = 0
  #errors = 0

  /** @param url http://… @param secret JWT_SECRET of the service @param address from which its connections come */
  constructor(url: string, secret: string, address: string) {
    const { hostname, port } = new URL(url)
    this.#address = address
    this.#host = hostname
    this.#port = Number(port)
    this.#secret = new TextEncoder().encode(secret)
  }

  /** Number of connections that are open. */
  get open(): number {
    return this.#connections.size
  }

  /** Returns how many connections the service has closed since the last call. */
  refused(): number {
    const refused = this.#refused
    this.#refused = 0
    return refused
  }

  /** Number of answers with another status than 200, or with errors, except those that came too early. */
  get errors(): number {
    return this.#errors
  }

  /** Returns the user whose device opens the nth connection. */
  userOf(n: number): string {
    return `${this.#address}-${Math.floor(n / OF_A_USER)}`
  }

  /** Returns a token of a device of this user. */
  tokenOf(userId: string): Promise<string> {
    const known = this.#tokens.get(userId)
    if (known) return known
    const token = new SignJWT({ role: 'device' }).setProtectedHeader({ alg: 'HS256' }).setSubject(userId).setExpirationTime('4h')
    const signed = token.sign(this.#secret)
    this.#tokens.set(userId, signed)
    return signed
  }

  /** Returns the head of a request for an operation, without its last empty line. */
  async head(userId: string, ...headers: string[]): Promise<string> {
    const lines = [
      'POST /graphql HTTP/1.1',
      'Host: localhost',
      `X-Forwarded-For: ${this.#address}`,
      'Content-Type: application/json',
      `Authorization: Bearer ${await this.tokenOf(userId)}`,
      ...headers,
    ]
    return `${lines.join('\r\n')}\r\n`
  }

  /** Returns a whole request for an operation. */
  async request(userId: string, query: string, variables: object = {}, ...headers: string[]): Promise<string> {
    const body = JSON.stringify({ query, variables })
    return `${await this.head(userId, `Content-Length: ${Buffer.byteLength(body)}`, ...headers)}\r\n${body}`
  }

  /** Opens a TCP connection and sends these bytes. @param reads whether it reads what comes */
  async connection(bytes: string, reads = true): Promise<Socket> {
    const socket = connect(this.#port, this.#host)
    this.#keep(socket)
    await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', () => resolve()))
    socket.on('data', (data) => this.#look(String(data)))
    if (!reads) socket.pause()
    if (bytes !== '') socket.write(bytes)
    return socket
  }

  /** Opens a TCP connection and sends a request, again and again until its address has the points. Returns once the answer begins. */
  async answered(request: string): Promise<Socket> {
    for (;;) {
      const socket = await this.connection(request)
      const answer = await new Promise<string>((resolve) => {
        socket.once('data', (data) => resolve(String(data))).once('close', () => resolve(''))
      })
      if (!answer.startsWith('HTTP/1.1 429')) return socket
      socket.removeAllListeners('close').destroy()
      this.#connections.delete(socket)
      await setTimeout(1000)
    }
  }

  /** Opens a WebSocket, and waits until `connection_init` is accepted, or the service refuses the socket. */
  async socket(userId: string, compresses = false): Promise<WebSocket> {
    const headers = { 'x-forwarded-for': this.#address, host: 'localhost' }
    const options = { headers, perMessageDeflate: compresses && { threshold: 0 } }
    const socket = new WebSocket(`ws://${this.#host}:${this.#port}/graphql`, 'graphql-transport-ws', options)
    this.#keep(socket)
    socket.on('message', (data) => this.#look(String(data)))
    const payload = { Authorization: `Bearer ${await this.tokenOf(userId)}` }
    await new Promise<void>((resolve) => {
      socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })))
      socket.once('message', () => resolve()).once('close', () => resolve())
    })
    return socket
  }

  /** Does the same many times, some at once. */
  async times(many: number, work: (n: number) => Promise<unknown>): Promise<void> {
    for (let start = 0; start < many; start += AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, many - start) }, (_, i) => work(start + i)))
  }

  /** Ends all connections. */
  end(): void {
    for (const connection of this.#connections) {
      connection.removeAllListeners('close')
      if (connection instanceof WebSocket) connection.terminate()
      else connection.destroy()
    }
    this.#connections.clear()
  }

  #look(answer: string): void {
    const found = answer.match(/HTTP\/1\.1 (?!200|429)\d|"errors":\[|"type":"error"/g)?.length ?? 0
    if (found && !answer.includes('RATE_LIMITED')) this.#errors++
  }

  #keep(connection: Socket | WebSocket): void {
    this.#connections.add(connection)
    connection.on('error', () => {})
    connection.once('close', () => {
      this.#refused++
      this.#connections.delete(connection)
    })
  }
}
