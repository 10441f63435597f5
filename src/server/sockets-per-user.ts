/** Counts the open sockets, or the open event streams, of each user of a device in this process. */
export class OpenSockets {
  readonly #most: number
  readonly #counts = new Map<string, number>()

  /** @param most of one user; 0: any number */
  constructor(most: number) {
    this.#most = most
  }

  /** Counts a socket, unless the user has as many as allowed. @returns function to call when it closes, or undefined */
  open(userId: string): (() => void) | undefined {
    const count = this.#counts.get(userId) ?? 0
    if (this.#most > 0 && count >= this.#most) return undefined
    this.#counts.set(userId, count + 1)
    let isOpen = true
    return () => {
      if (!isOpen) return
      isOpen = false
      const left = (this.#counts.get(userId) ?? 1) - 1
      if (left > 0) this.#counts.set(userId, left)
      else this.#counts.delete(userId)
    }
  }
}
