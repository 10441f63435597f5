import { Store } from './store.ts'

/** The network between the shop and Liverank, which the reader can cut, to see what becomes of events. */
export class Connection {
  readonly isCut = new Store(false)
  readonly #sockets = new Set<WebSocket>()

  /** Sends a request as the global function does, or fails as it does without a network. */
  readonly fetch: typeof fetch = (input, init) =>
    this.isCut.value ? Promise.reject(new TypeError('The connection is cut.')) : globalThis.fetch(input, init)

  /** The class of sockets that end when the connection is cut. */
  readonly socketClass: typeof WebSocket

  constructor() {
    const opened = (socket: WebSocket) => this.#opened(socket)
    this.socketClass = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols)
        opened(this)
      }
    }
  }

  cut(isCut: boolean): void {
    this.isCut.set(isCut)
    if (isCut) for (const socket of this.#sockets) socket.close()
  }

  #opened(socket: WebSocket): void {
    this.#sockets.add(socket)
    socket.addEventListener('close', () => this.#sockets.delete(socket))
    if (this.isCut.value) socket.close()
  }
}
