/**
 * Small numbers of keys. Several maps can share them: a key then takes its memory (about 70 bytes) once. A key keeps its number, and
 * its place in the order, until every map has given it up.
 */
export class KeyNumbers {
  readonly #numbers = new Map<string, number>()
  /** By number: maps that have the key. */
  #holders = new Uint8Array(64)
  readonly #free: number[] = []
  #given = 0

  /** @returns undefined for a key that no map has */
  get(key: string): number | undefined {
    return this.#numbers.get(key)
  }

  /** Counts one more map that has the key. @returns the number of the key */
  hold(key: string): number {
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.#free.pop() ?? this.#given++
      this.#numbers.set(key, number)
      if (number >= this.#holders.length) {
        const holders = new Uint8Array(2 * this.#holders.length)
        holders.set(this.#holders)
        this.#holders = holders
      }
    }
    this.#holders[number]++
    return number
  }

  /** Counts one map less. */
  release(key: string, number: number): void {
    if (--this.#holders[number] > 0) return
    this.#numbers.delete(key)
    this.#free.push(number)
  }

  /** Iterates over the keys with their numbers, in the order in which they were first held. */
  entries(): MapIterator<[string, number]> {
    return this.#numbers.entries()
  }
}
