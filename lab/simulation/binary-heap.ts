/** A binary heap: the least value, by the given order, is always at hand. */
export class Heap<T> {
  readonly #before: (left: T, right: T) => boolean
  readonly #values: T[] = []

  constructor(before: (left: T, right: T) => boolean, values: Iterable<T> = []) {
    this.#before = before
    for (const value of values) this.push(value)
  }

  peek(): T | undefined {
    return this.#values[0]
  }

  push(value: T): void {
    let index = this.#values.length
    this.#values.push(value)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#before(value, this.#values[parent]!)) break
      this.#values[index] = this.#values[parent]!
      index = parent
    }
    this.#values[index] = value
  }

  pop(): T | undefined {
    const least = this.#values[0]
    const last = this.#values.pop()
    if (last !== undefined && this.#values.length > 0) this.#sink(last)
    return least
  }

  /** Puts a value in the place of the least one: a pop and a push in one pass. */
  replaceLeast(value: T): void {
    this.#sink(value)
  }

  #sink(value: T): void {
    const length = this.#values.length
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= length) break
      if (child + 1 < length && this.#before(this.#values[child + 1]!, this.#values[child]!)) child++
      if (!this.#before(this.#values[child]!, value)) break
      this.#values[index] = this.#values[child]!
      index = child
    }
    this.#values[index] = value
  }
}
