/** Functions that want to know of each change. */
export class Listeners {
  readonly #listeners = new Set<() => void>()

  /** Calls the listener after each change. Returns a function that ends this. */
  add(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  call(): void {
    for (const listener of this.#listeners) listener()
  }
}
