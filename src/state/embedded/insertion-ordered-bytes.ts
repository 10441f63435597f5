import { InsertionOrderedMap } from '../insertion-ordered-map.ts'
import { PackedBytes } from './packed-bytes.ts'

/**
 * Packed byte strings by key, which can be walked. Returned bytes are not copied: they are valid until the next change of any key.
 */
export class InsertionOrderedBytes extends InsertionOrderedMap<Buffer> {
  readonly #packed: PackedBytes

  constructor(packed = new PackedBytes()) {
    super((bytes) => Buffer.from(bytes), packed)
    this.#packed = packed
  }

  /** Appends bytes to those of a key. */
  append(key: string, bytes: Uint8Array): void {
    this.change(key)
    this.#packed.append(key, bytes)
  }
}
