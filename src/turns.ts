import { setImmediate } from 'node:timers/promises'

/** Counts the work of one operation, and serves other requests and sockets in between, however much work the operation needs. */
export class Turns {
  readonly #most: number
  #done = 0

  /** @param most work that takes a few milliseconds, in units of the caller */
  constructor(most: number) {
    this.#most = most
  }

  /** Counts work that was done. Resolves in a later turn of the event loop if this turn had enough. */
  async worked(units: number): Promise<void> {
    this.#done += units
    if (this.#done < this.#most) return
    this.#done = 0
    await setImmediate()
  }
}
