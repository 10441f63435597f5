/** Numbers names from 0, in the order in which they come. A name keeps its number. */
export class Numbering<Name> {
  readonly #numbers = new Map<Name, number>()

  /** Returns the number of a name; the next one for a new name. */
  of(name: Name): number {
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.#numbers.size
      this.#numbers.set(name, number)
    }
    return number
  }
}
