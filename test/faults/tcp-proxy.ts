import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** As a server that refuses, or as a network that swallows what is sent and delivers it when it is whole again. */
export type Cut = 'refused' | 'silent'

/** A port on loopback in front of another one, between which the connection can be cut. */
export class TcpProxy {
  readonly #server: Server
  readonly #target: number
  /** Clients with what they are connected to, once they are. */
  readonly #pairs = new Map<Socket, Socket | undefined>()
  #cut: Cut | undefined

  private constructor(server: Server, target: number) {
    this.#server = server
    this.#target = target
    server.on('connection', (client) => this.#accept(client))
  }

  static async to(target: number): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy(server, target)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts all connections, and those that are still to be made, until `mend`. */
  cut(how: Cut): void {
    this.#cut = how
    for (const [client, upstream] of this.#pairs) {
      if (how === 'refused') client.destroy()
      else for (const socket of [client, upstream]) socket?.unpipe().pause()
    }
  }

  mend(): void {
    this.#cut = undefined
    for (const [client, upstream] of this.#pairs) this.#join(client, upstream)
  }

  /** Sends bytes to all clients, as if the other port had sent them. */
  inject(bytes: string): void {
    for (const client of this.#pairs.keys()) client.write(bytes)
  }

  async close(): Promise<void> {
    for (const client of this.#pairs.keys()) client.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    client.on('error', () => {})
    client.once('close', () => {
      this.#pairs.get(client)?.destroy()
      this.#pairs.delete(client)
    })
    if (this.#cut === 'refused') {
      client.destroy()
      return
    }
    this.#pairs.set(client, undefined)
    if (this.#cut === undefined) this.#join(client, undefined)
  }

  #join(client: Socket, known: Socket | undefined): void {
    const upstream = known ?? connect(this.#target, '127.0.0.1')
    if (!known) {
      upstream.on('error', () => {})
      upstream.once('close', () => client.destroy())
      this.#pairs.set(client, upstream)
    }
    client.pipe(upstream)
    upstream.pipe(client)
  }
}
