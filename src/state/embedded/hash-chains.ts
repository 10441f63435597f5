/** Stands for no entry. */
export const NONE = -1

/** Hashes a text to an integer of 53 bits. */
export function textHash(text: string): number {
  let [low, high] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    low = Math.imul(low ^ code, 0x9e3779b1)
    high = Math.imul(high ^ code, 0x5f356495)
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  return 2 ** 32 * (high & 0x1fffff) + (low >>> 0)
}

/**
 * Finds numbered entries by a hash, in 16 to 20 bytes an entry. Entries of the same hash are chained, the latest first.
 */
export class HashChains {
  #heads = new Int32Array(64).fill(NONE)
  #next = new Int32Array(64)
  #hashes = new Float64Array(64)
  #size = 0

  get bytes(): number {
    return this.#heads.byteLength + this.#next.byteLength + this.#hashes.byteLength
  }

  hashOf(entry: number): number {
    return this.#hashes[entry]
  }

  /** @param entry a small number that has no hash yet */
  add(entry: number, hash: number): void {
    if (entry >= this.#next.length) this.#makeRoom(entry)
    if (++this.#size > this.#heads.length) this.#spread()
    this.#hashes[entry] = hash
    this.#link(entry)
  }

  remove(entry: number): void {
    const bucket = this.#bucketOf(this.#hashes[entry])
    this.#size--
    if (this.#heads[bucket] === entry) {
      this.#heads[bucket] = this.#next[entry]
      return
    }
    let before = this.#heads[bucket]
    while (this.#next[before] !== entry) before = this.#next[before]
    this.#next[before] = this.#next[entry]
  }

  /** Returns the latest entry of a hash; NONE without one. */
  first(hash: number): number {
    return this.#from(this.#heads[this.#bucketOf(hash)], hash)
  }

  /** Returns the entry of the same hash that was added before; NONE without one. */
  following(entry: number): number {
    return this.#from(this.#next[entry], this.#hashes[entry])
  }

  #from(start: number, hash: number): number {
    let entry = start
    while (entry !== NONE && this.#hashes[entry] !== hash) entry = this.#next[entry]
    return entry
  }

  #bucketOf(hash: number): number {
    return (hash >>> 0) & (this.#heads.length - 1)
  }

  #link(entry: number): void {
    const bucket = this.#bucketOf(this.#hashes[entry])
    this.#next[entry] = this.#heads[bucket]
    this.#heads[bucket] = entry
  }

  #makeRoom(entry: number): void {
    const length = 2 ** Math.ceil(Math.log2(entry + 1))
    const [next, hashes] = [new Int32Array(length), new Float64Array(length)]
    next.set(this.#next)
    hashes.set(this.#hashes)
    this.#next = next
    this.#hashes = hashes
  }

  /** Twice as many buckets. The order within a chain stays. */
  #spread(): void {
    const former = this.#heads
    this.#heads = new Int32Array(2 * former.length).fill(NONE)
    const chain: number[] = []
    for (const head of former) {
      chain.length = 0
      for (let entry = head; entry !== NONE; entry = this.#next[entry]) chain.push(entry)
      for (let at = chain.length - 1; at >= 0; at--) this.#link(chain[at])
    }
  }
}
