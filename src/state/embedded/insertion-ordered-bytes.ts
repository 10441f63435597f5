import { InsertionOrderedMap } from '../insertion-ordered-map.ts'
import { PackedBytes } from './packed-bytes.ts'

/** Packed bytes that can be walked. What is got from here stands in place: it is valid until the next change of whatever key. */
export class InsertionOrderedBytes extends InsertionOrderedMap<Buffer> {
  readonly #packed: PackedBytes

  constructor(packed = new PackedBytes()) {
    super((bytes) => Buffer.from(bytes), packed)
    this.#packed = packed
  }

  /** Puts bytes behind those that the key holds. */
  append(key: string, bytes: Uint8Array): void {
    this.change(key)
    this.#packed.append(key, bytes)
  }
}
