import { crc32 } from 'node:zlib'
import { Heap } from '../simulation/binary-heap.ts'

/**
 * A random sample with a maximum size, from a stream of unknown length. It keeps the elements whose numbers have the lowest
 * hashes (bottom-k sampling), so the sample does not depend on the order of the stream.
 */
export class LowestSample<T> {
  readonly #size: number
  readonly #seed: number
  readonly #kept = new Heap<{ hash: number; value: T }>((a, b) => a.hash > b.hash)
  #count = 0

  constructor(size: number, seed: number) {
    this.#size = size
    this.#seed = seed
  }

  add(number: number, value: T): void {
    const hash = crc32(`${this.#seed} ${number}`)
    if (this.#count < this.#size) {
      this.#kept.push({ hash, value })
      this.#count++
    } else if (hash < this.#kept.peek()!.hash) this.#kept.replaceLeast({ hash, value })
  }

  *values(): Generator<T> {
    for (let top = this.#kept.pop(); top; top = this.#kept.pop()) yield top.value
  }
}
