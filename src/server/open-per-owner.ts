/** Counts what each owner has open in this process: the sockets or event streams of a user, or the connections of an address. */
export class OpenPerOwner {
  readonly #most: number
  readonly #counts = new Map<string, number>()

  /** @param most of one owner; 0: any number */
  constructor(most: number) {
    this.#most = most
  }

  /** Counts one more, unless the owner has as many as allowed. @returns function to call when it closes, or undefined */
  open(owner: string): (() => void) | undefined {
    const count = this.#counts.get(owner) ?? 0
    if (this.#most > 0 && count >= this.#most) return undefined
    this.#counts.set(owner, count + 1)
    let isOpen = true
    return () => {
      if (!isOpen) return
      isOpen = false
      const left = (this.#counts.get(owner) ?? 1) - 1
      if (left > 0) this.#counts.set(owner, left)
      else this.#counts.delete(owner)
    }
  }
}
