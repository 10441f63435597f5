/** Ends sessions in which nothing has happened for a while. */
export class IdleSessions {
  readonly #pause: number
  readonly #onEnded: (sessionKey: string) => void
  /** Times of the latest events, the oldest first. */
  readonly #latest = new Map<string, number>()

  /** @param pause time without events after which a session is over, in ms @param onEnded called with the key of a session that is over */
  constructor(pause: number, onEnded: (sessionKey: string) => void) {
    this.#pause = pause
    this.#onEnded = onEnded
  }

  /** An event of a session. Call it in the order of time. @param now in ms */
  see(sessionKey: string, now: number): void {
    this.#latest.delete(sessionKey)
    this.#latest.set(sessionKey, now)
    for (const [key, last] of this.#latest) {
      if (now - last <= this.#pause) break
      this.#latest.delete(key)
      this.#onEnded(key)
    }
  }
}
