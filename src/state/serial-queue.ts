/** Runs tasks one at a time, in the order of arrival. A failed task does not stop the next one. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task)
    this.#last = done.catch(() => {})
    return done
  }

  /** Waits for its turn. @returns function that ends the turn; until it is called, all later tasks wait */
  hold(): Promise<() => void> {
    return new Promise((resolve) => {
      void this.run(() => new Promise<void>((release) => resolve(release)))
    })
  }
}
