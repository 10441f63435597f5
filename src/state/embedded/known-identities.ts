import { invariant } from '../../invariant.ts'
import { DAY } from '../../time-units.ts'
import { type NotCounted, reasonOf, restoredNonce } from '../log/not-counted.ts'
import type { EventIdentity } from '../store.ts'

/** So many tables a day, so that one that grows does not hold up the event loop. */
const TABLES = 256
/** Bytes of the hash of an event id. */
const HASH_BYTES = 12
/** The hash, then the nonce. */
const WORDS = 4

/** Hashes by open addressing in one array: 16 bytes a slot, where a Map of texts would take 100. */
class HashTable {
  #slots: Uint32Array
  #mask: number
  count = 0
  hasUncounted = false

  /** @param expected hashes for which there shall be room */
  constructor(expected: number) {
    const slots = Math.max(8, 2 ** Math.ceil(Math.log2(expected * 1.5)))
    this.#slots = new Uint32Array(slots * WORDS)
    this.#mask = slots - 1
  }

  /** @returns undefined for an unknown hash */
  get(a: number, b: number, c: number): number | undefined {
    const at = this.#find(a, b, c)
    const held = this.#slots[at + 3]
    return held === 0 ? undefined : held - 2
  }

  set(a: number, b: number, c: number, nonce: number): void {
    if (reasonOf(nonce) !== undefined) this.hasUncounted = true
    if (this.count * 4 >= (this.#mask + 1) * 3) this.#grow()
    const at = this.#find(a, b, c)
    if (this.#slots[at + 3] === 0) this.count++
    this.#slots[at] = a
    this.#slots[at + 1] = b
    this.#slots[at + 2] = c
    this.#slots[at + 3] = nonce + 2
  }

  /** Size of the array, in bytes. */
  get bytes(): number {
    return this.#slots.byteLength
  }

  /** All hashes of events that count, as their bytes, one behind the other. */
  counted(): Uint8Array {
    const words = new Uint32Array(this.count * 3)
    let filled = 0
    for (let at = 0; at < this.#slots.length; at += WORDS) {
      const held = this.#slots[at + 3]
      if (held === 0 || reasonOf(held - 2) !== undefined) continue
      words.set(this.#slots.subarray(at, at + 3), filled)
      filled += 3
    }
    return new Uint8Array(words.buffer, 0, filled * 4)
  }

  /** All hashes of events that do not count, by the reason. One scan for all reasons, since most slots hold none. */
  uncounted(): Map<NotCounted, Uint8Array> {
    const words = new Map<NotCounted, number[]>()
    for (let at = 0; at < this.#slots.length; at += WORDS) {
      const held = this.#slots[at + 3]
      const reason = held === 0 ? undefined : reasonOf(held - 2)
      if (reason === undefined) continue
      const ofReason = words.get(reason) ?? []
      ofReason.push(this.#slots[at], this.#slots[at + 1], this.#slots[at + 2])
      words.set(reason, ofReason)
    }
    return new Map([...words].map(([reason, ofReason]) => [reason, new Uint8Array(Uint32Array.from(ofReason).buffer)]))
  }

  #find(a: number, b: number, c: number): number {
    const slots = this.#slots
    for (let slot = b & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * WORDS
      if (slots[at + 3] === 0 || (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c)) return at
    }
  }

  #grow(): void {
    const held = this.#slots
    this.#slots = new Uint32Array(held.length * 2)
    this.#mask = this.#mask * 2 + 1
    for (let at = 0; at < held.length; at += WORDS) {
      if (held[at + 3] === 0) continue
      this.#slots.set(held.subarray(at, at + WORDS), this.#find(held[at], held[at + 1], held[at + 2]))
    }
  }
}

/** Hashes of events of one day of arrival that count (`reason` is undefined), or do not count for one reason. */
export interface IdentityPiece {
  readonly day: number
  readonly reason: NotCounted | undefined
  readonly hashes: Uint8Array
}

/**
 * Event identities by day of arrival, so that a whole day can be forgotten at once. A day is forgotten when it has been over for
 * longer than the lateness.
 */
export class KnownIdentities {
  /** In the order in which they began. */
  readonly #days = new Map<number, (HashTable | undefined)[]>()
  readonly #lateness: number

  /** @param lateness time for which an identity stays known, in ms */
  constructor(lateness: number) {
    this.#lateness = lateness
  }

  nonceOf(hash: string): number | undefined {
    const [a, b, c] = wordsOf(hash)
    for (const day of this.#days.values()) {
      const nonce = day[a % TABLES]?.get(a, b, c)
      if (nonce !== undefined) return nonce
    }
    return undefined
  }

  /** Adds an identity. @param at time of arrival, in ms of the clock of features */
  add({ hash, nonce }: EventIdentity, at: number): void {
    const today = Math.floor(at / DAY)
    if (!this.#days.has(today))
      for (const day of this.#days.keys()) if ((day + 1) * DAY < at - this.#lateness) this.#days.delete(day)
    const [a, b, c] = wordsOf(hash)
    this.#table(today, a, 0).set(a, b, c, nonce)
  }

  /** Number of identities, and the size of their arrays in bytes. */
  get figures(): { readonly count: number; readonly bytes: number } {
    let [count, bytes] = [0, 0]
    for (const tables of this.#days.values()) {
      for (const table of tables) {
        count += table?.count ?? 0
        bytes += table?.bytes ?? 0
      }
    }
    return { count, bytes }
  }

  /** Yields the hashes of all events that count, in pieces. May include hashes added meanwhile. */
  *pieces(): Generator<IdentityPiece> {
    for (const [day, tables] of this.#days) {
      for (const table of tables) if (table) yield { day, reason: undefined, hashes: table.counted() }
    }
  }

  /** Yields the hashes of all events that do not count, in pieces. */
  *uncountedPieces(): Generator<IdentityPiece> {
    for (const [day, tables] of this.#days) {
      for (const table of tables) {
        if (table?.hasUncounted) for (const [reason, hashes] of table.uncounted()) yield { day, reason, hashes }
      }
    }
  }

  /** Adds the hashes of a piece again. */
  restore({ day, reason, hashes }: IdentityPiece): void {
    invariant(hashes.length % HASH_BYTES === 0, 'IDENTITY_CUT_OFF', 'an event id that is read back is not whole.')
    const nonce = restoredNonce(reason)
    const words = new Uint32Array(new Uint8Array(hashes).buffer)
    for (let at = 0; at < words.length; at += 3) {
      const a = words[at]
      this.#table(day, a, words.length / 3).set(a, words[at + 1], words[at + 2], nonce)
    }
  }

  #table(day: number, a: number, expected: number): HashTable {
    let tables = this.#days.get(day)
    if (!tables) {
      tables = new Array<HashTable | undefined>(TABLES).fill(undefined)
      this.#days.set(day, tables)
    }
    let table = tables[a % TABLES]
    if (!table) {
      table = new HashTable(expected)
      tables[a % TABLES] = table
    }
    return table
  }
}

/**
 * Returns when the identities that were added up to now are forgotten, in ms: with the first event of a day at whose beginning
 * today has been over for longer than the lateness.
 */
export function identitiesForgottenAt(now: number, lateness: number): number {
  return (Math.floor(now / DAY) + Math.floor(lateness / DAY) + 2) * DAY
}

/** 12 bytes as a latin1 text, as three words. */
function wordsOf(hash: string): [number, number, number] {
  const word = (at: number) =>
    (hash.charCodeAt(at) | (hash.charCodeAt(at + 1) << 8) | (hash.charCodeAt(at + 2) << 16) | (hash.charCodeAt(at + 3) << 24)) >>>
    0
  return [word(0), word(4), word(8)]
}
