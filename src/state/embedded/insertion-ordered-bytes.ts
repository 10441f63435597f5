import { InsertionOrderedMap } from '../insertion-ordered-map.ts'
import type { KeyNumbers } from './key-numbers.ts'
import { PackedBytes } from './packed-bytes.ts'

/**
 * Packed byte strings by key, which can be walked. Returned bytes are not copied: they are valid until the next change of any key.
 */
export class InsertionOrderedBytes extends InsertionOrderedMap<Buffer> {
  readonly #packed: PackedBytes

  /** @param keys numbers of the keys, which other maps may share */
  constructor(keys?: KeyNumbers) {
    const packed = new PackedBytes(keys)
    super((bytes) => Buffer.from(bytes), packed)
    this.#packed = packed
  }

  /** Size of all buffers, in bytes. */
  get allocated(): number {
    return this.#packed.allocated
  }

  /** Appends bytes to those of a key. */
  append(key: string, bytes: Uint8Array): void {
    this.change(key)
    this.#packed.append(key, bytes)
  }
}
