/** Most characters that JSON writes for a number. */
const NUMBER_CHARACTERS = 25
/** Usual number of them: between a count and a score. */
const USUAL_NUMBER_CHARACTERS = 10
/** Most bytes that JSON in UTF-8 writes for a UTF-16 unit, such as `\u0001`. */
const BYTES_A_CHARACTER = 6
/** Characters of a time such as 2026-11-27T12:00:00.000Z, in quotes. */
const TIME_BYTES = 26

/**
 * The size of an answer as JSON, counted without making the JSON. The result of an operation is far smaller than its JSON, because its
 * entries share their keys and the values of the store.
 */
export class AnswerBytes {
  readonly #most: number
  /** Bytes if each character takes one byte, and each number one character. */
  #least = 0
  #characters = 0
  #numbers = 0

  /** @param most bytes at which the count ends */
  constructor(most: number) {
    this.#most = most
  }

  /** An estimate of the counted bytes. It is exact for a text of ASCII without numbers. */
  get usual(): number {
    return this.#least + this.#numbers * (USUAL_NUMBER_CHARACTERS - 1)
  }

  /** Counts an answer. @returns whether its JSON has more bytes than `most` */
  exceeds(answer: object): boolean {
    this.#add(answer)
    if (this.#least > this.#most) return true
    const greatest = this.#least + this.#characters * (BYTES_A_CHARACTER - 1) + this.#numbers * (NUMBER_CHARACTERS - 1)
    // Between the two, only the JSON tells. It has at most six times the bytes that are allowed.
    return greatest > this.#most && Buffer.byteLength(JSON.stringify(answer)) > this.#most
  }

  #add(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#least += value.length + 2
        this.#characters += value.length
        return
      case 'number':
        this.#least++
        this.#numbers++
        return
      case 'object':
        if (Array.isArray(value)) this.#addList(value)
        else if (value instanceof Date) this.#least += TIME_BYTES
        else if (value !== null) this.#addObject(value)
        else this.#least += 4
        return
      default:
        this.#least += value === false ? 5 : 4
    }
  }

  #addList(list: readonly unknown[]): void {
    this.#least += 1 + Math.max(list.length, 1)
    for (const entry of list) {
      if (this.#least > this.#most) return
      this.#add(entry)
    }
  }

  #addObject(object: object): void {
    let isEmpty = true
    for (const key in object) {
      if (this.#least > this.#most) return
      const value = (object as Record<string, unknown>)[key]
      if (value === undefined) continue
      isEmpty = false
      this.#least += key.length + 4
      this.#characters += key.length
      this.#add(value)
    }
    this.#least += isEmpty ? 2 : 1
  }
}
