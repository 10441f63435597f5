import { InsertionOrderedMap } from '../insertion-ordered-map.ts'

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

/** Bytes of a slab. Moving what is left of one holds up the event loop for less than a tenth of a millisecond. */
const SLAB_BYTES = 2 ** 18
/** What takes more has a slab of its own, so that little is left over at the end of one. */
const OWN_BYTES = SLAB_BYTES / 16
/** Of a record: number of its key, room, and length, u32 each. Records begin at multiples of 4. */
const HEADER_BYTES = 12
/** Share of the slabs that may be dead before the emptiest is cleared. */
const MOST_DEAD = 0.05
/** Slabs that are kept for what comes next when they are empty. */
const SPARE = 4
/** Of an entry without a record. */
const NOWHERE = -1

interface Slab {
  readonly bytes: Buffer
  readonly words: Uint32Array
  /** Bytes up to which it is written. */
  used: number
  /** Bytes of records that are not dead. */
  live: number
}

/**
 * Byte strings by key, packed into large slabs. This saves memory: a Buffer of its own takes about 250 bytes more than its content,
 * and one from Node's pool keeps 8 KB alive. A record is written after the last one. If too much of the space is dead, the live
 * records of the emptiest slab are moved there as well, and that slab is used again (log-structured memory; Rumble, Kejriwal and
 * Ousterhout, FAST 2014).
 */
export class PackedBytes {
  readonly #keys: KeyNumbers
  /** By number of a key, where its record stands: number of the slab · SLAB_BYTES + byte in it. */
  #places = new Float64Array(64).fill(NOWHERE)
  #size = 0
  readonly #slabs: (Slab | undefined)[] = []
  readonly #freeNumbers: number[] = []
  readonly #spare: Slab[] = []
  /** Number of the slab that is written; -1 before the first. */
  #head = -1
  #used = 0
  #live = 0

  /** @param keys numbers of the keys, which other maps may share */
  constructor(keys = new KeyNumbers()) {
    this.#keys = keys
  }

  get size(): number {
    return this.#size
  }

  /** Total size of all slabs, in bytes. */
  get allocated(): number {
    return [...this.#slabs, ...this.#spare].reduce((sum, slab) => sum + (slab?.bytes.length ?? 0), 0)
  }

  /** Returns the bytes of a key without copying; valid until the next change of any key. */
  get(key: string): Buffer | undefined {
    const entry = this.#entryOf(key)
    return entry === undefined ? undefined : this.#view(entry)
  }

  /** Stores a copy of the bytes. */
  set(key: string, bytes: Uint8Array): this {
    const entry = this.#entryOf(key)
    if (entry === undefined) {
      this.#add(key, bytes)
      return this
    }
    const { slab, at } = this.#find(entry)
    const room = slab.words[at / 4 + 1]
    if (bytes.length <= room && bytes.length > room - 64) {
      slab.bytes.set(bytes, at + HEADER_BYTES)
      slab.words[at / 4 + 2] = bytes.length
      return this
    }
    this.#release(entry)
    this.#bytesOf(this.#place(entry, bytes.length, bytes.length)).set(bytes)
    this.#clear()
    return this
  }

  /** Appends bytes to those of a key. If they no longer fit, the record moves to where it can grow by a thirty-second. */
  append(key: string, bytes: Uint8Array): void {
    const entry = this.#entryOf(key)
    if (entry === undefined) {
      this.#add(key, bytes)
      return
    }
    const { slab, at } = this.#find(entry)
    const room = slab.words[at / 4 + 1]
    const held = slab.words[at / 4 + 2]
    const length = held + bytes.length
    if (length <= room) {
      slab.bytes.set(bytes, at + HEADER_BYTES + held)
      slab.words[at / 4 + 2] = length
      return
    }
    const before = this.#view(entry)
    this.#release(entry)
    const into = this.#bytesOf(this.#place(entry, length, length + Math.floor(length / 32)))
    into.set(before)
    into.set(bytes, held)
    this.#clear()
  }

  delete(key: string): boolean {
    const entry = this.#entryOf(key)
    if (entry === undefined) return false
    this.#release(entry)
    this.#keys.release(key, entry)
    this.#size--
    this.#clear()
    return true
  }

  *keys(): Generator<string> {
    for (const [key, entry] of this.#keys.entries()) if (this.#has(entry)) yield key
  }

  /** Yields all entries without copying; each value is valid until the next change. */
  *entries(): Generator<[string, Buffer]> {
    for (const [key, entry] of this.#keys.entries()) if (this.#has(entry)) yield [key, this.#view(entry)]
  }

  #add(key: string, bytes: Uint8Array): void {
    const entry = this.#keys.hold(key)
    this.#size++
    if (entry >= this.#places.length) {
      const places = new Float64Array(2 ** Math.ceil(Math.log2(entry + 1))).fill(NOWHERE)
      places.set(this.#places)
      this.#places = places
    }
    this.#bytesOf(this.#place(entry, bytes.length, bytes.length)).set(bytes)
    this.#clear()
  }

  #entryOf(key: string): number | undefined {
    const entry = this.#keys.get(key)
    return entry !== undefined && this.#has(entry) ? entry : undefined
  }

  #has(entry: number): boolean {
    return entry < this.#places.length && this.#places[entry] !== NOWHERE
  }

  #find(entry: number): { slab: Slab; at: number } {
    const place = this.#places[entry]
    return { slab: this.#slabs[Math.floor(place / SLAB_BYTES)]!, at: place % SLAB_BYTES }
  }

  #view(entry: number): Buffer {
    return this.#bytesOf(this.#find(entry))
  }

  #bytesOf({ slab, at }: { slab: Slab; at: number }): Buffer {
    return slab.bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + slab.words[at / 4 + 2])
  }

  /** Makes a record at the end of what is written. */
  #place(entry: number, length: number, atLeast: number): { slab: Slab; at: number } {
    const room = Math.ceil(atLeast / 4) * 4
    const bytes = HEADER_BYTES + room
    const number = bytes > OWN_BYTES ? this.#begin(bytes) : this.#headFor(bytes)
    const slab = this.#slabs[number]!
    const at = slab.used
    slab.words[at / 4] = entry
    slab.words[at / 4 + 1] = room
    slab.words[at / 4 + 2] = length
    slab.used += bytes
    slab.live += bytes
    this.#live += bytes
    this.#places[entry] = number * SLAB_BYTES + at
    return { slab, at }
  }

  #headFor(bytes: number): number {
    const head = this.#slabs[this.#head]
    if (!head || head.used + bytes > SLAB_BYTES) this.#head = this.#begin(SLAB_BYTES)
    return this.#head
  }

  /** @returns the number of an empty slab of this size */
  #begin(bytes: number): number {
    const number = this.#freeNumbers.pop() ?? this.#slabs.length
    const spare = bytes === SLAB_BYTES ? this.#spare.pop() : undefined
    this.#slabs[number] = spare ?? emptySlab(bytes)
    this.#used += bytes
    return number
  }

  #release(entry: number): void {
    const { slab, at } = this.#find(entry)
    const bytes = HEADER_BYTES + slab.words[at / 4 + 1]
    slab.live -= bytes
    this.#live -= bytes
    if (slab.live === 0 && slab.bytes.length !== SLAB_BYTES) this.#end(Math.floor(this.#places[entry] / SLAB_BYTES))
    this.#places[entry] = NOWHERE
  }

  #end(number: number): void {
    const slab = this.#slabs[number]!
    this.#slabs[number] = undefined
    this.#freeNumbers.push(number)
    this.#used -= slab.bytes.length
    if (slab.bytes.length !== SLAB_BYTES || this.#spare.length >= SPARE) return
    slab.used = 0
    slab.live = 0
    this.#spare.push(slab)
  }

  /** Moves what is left of the emptiest slabs behind the others, until little is dead. */
  #clear(): void {
    while (this.#used - this.#live > MOST_DEAD * this.#used + 2 * SLAB_BYTES) {
      const emptiest = this.#emptiest()
      if (emptiest < 0) return
      const slab = this.#slabs[emptiest]!
      for (let at = 0; at < slab.used && slab.live > 0; ) {
        const entry = slab.words[at / 4]
        const bytes = HEADER_BYTES + slab.words[at / 4 + 1]
        if (this.#places[entry] === emptiest * SLAB_BYTES + at) {
          const held = this.#bytesOf({ slab, at })
          slab.live -= bytes
          this.#live -= bytes
          this.#bytesOf(this.#place(entry, held.length, bytes - HEADER_BYTES)).set(held)
        }
        at += bytes
      }
      this.#end(emptiest)
    }
  }

  /** Of the slabs that are written to their end; -1 without one that has dead records. */
  #emptiest(): number {
    let found = -1
    let least = SLAB_BYTES
    for (let number = 0; number < this.#slabs.length; number++) {
      const slab = this.#slabs[number]
      if (!slab || number === this.#head || slab.bytes.length !== SLAB_BYTES || slab.live >= least) continue
      found = number
      least = slab.live
    }
    return found
  }
}

function emptySlab(bytes: number): Slab {
  const buffer = Buffer.allocUnsafeSlow(bytes)
  return { bytes: buffer, words: new Uint32Array(buffer.buffer), used: 0, live: 0 }
}

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
