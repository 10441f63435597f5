/** Numbers names from 0, in the order in which they come. A name keeps its number. */
export class Numbering<Name> {
  readonly #numbers = new Map<Name, number>()
  readonly #names: Name[] = []

  /** The names by number. */
  get names(): readonly Name[] {
    return this.#names
  }

  /** Returns the number of a name; the next one for a new name. */
  of(name: Name): number {
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.#names.length
      this.#numbers.set(name, number)
      this.#names.push(name)
    }
    return number
  }

  /** Returns the number of a name, or undefined if the name has none yet. */
  find(name: Name): number | undefined {
    return this.#numbers.get(name)
  }
}
