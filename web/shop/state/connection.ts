import type { Network } from '../../api/api-client.ts'
import { Store } from './store.ts'

/** Time until the shop asks again whether the service is back, in ms. */
const PAUSE_MS = 1_000
/** The service is away if it takes longer to say that it is ready, in ms. */
const LONGEST_MS = 5_000

/** The network between the shop and Liverank, which the reader can cut, to see what becomes of events. */
export class Connection implements Network {
  readonly isCut = new Store(false)
  /** Whether the service is out of reach, or takes no events at the moment. */
  readonly isOut = new Store(false)
  readonly #sockets = new Set<WebSocket>()
  #isChecking = false
  #goOn = () => {}

  /** Sends a request as the global function does, or fails as it does without a network. */
  readonly fetch: typeof fetch = async (input, init) => {
    try {
      if (this.isCut.value) throw new TypeError('The connection is cut.')
      return await globalThis.fetch(input, init)
    } catch (error) {
      void this.check()
      throw error
    }
  }

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
    // A browser without a network may still reach a service on its own machine.
    for (const change of ['offline', 'online']) window.addEventListener(change, () => void this.check())
  }

  cut(isCut: boolean): void {
    this.isCut.set(isCut)
    if (isCut) for (const socket of this.#sockets) socket.close()
    void this.check()
  }

  /** Finds out whether the service is there. If it is not, asks again until it is. */
  async check(): Promise<void> {
    this.#goOn()
    if (this.#isChecking) return
    this.#isChecking = true
    while (!(await this.#isReady())) {
      this.isOut.set(true)
      await new Promise<void>((resolve) => {
        this.#goOn = resolve
        setTimeout(resolve, PAUSE_MS)
      })
    }
    this.#isChecking = false
    this.isOut.set(false)
  }

  /** Resolves after a time in ms, or as soon as the service is back. */
  readonly pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        stop()
        resolve()
      }
      const timer = setTimeout(end, ms)
      const stop = this.isOut.listen(() => {
        if (!this.isOut.value) end()
      })
    })

  async #isReady(): Promise<boolean> {
    if (this.isCut.value) return false
    try {
      const { ok } = await globalThis.fetch('/ready', { signal: AbortSignal.timeout(LONGEST_MS) })
      return ok && !this.isCut.value
    } catch {
      return false
    }
  }

  #opened(socket: WebSocket): void {
    this.#sockets.add(socket)
    socket.addEventListener('close', () => {
      this.#sockets.delete(socket)
      void this.check()
    })
    if (this.isCut.value) socket.close()
  }
}
