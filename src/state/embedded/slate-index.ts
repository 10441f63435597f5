import { invariant } from '../../invariant.ts'

/** The place of a slate, and its time of serving, from which its expiry follows. */
export interface IndexedSlate {
  readonly page: number
  /** Byte in its page. */
  readonly offset: number
  /** Time of serving on a clock that never steps, in ms. */
  readonly at: number
  readonly isNamed: boolean
}

/**
 * Index of the kept slates by id and by user, in about 60 bytes a slate. It knows hashes of 53 bits only: readers compare the id or the
 * user of the slate that they find.
 */
export class SlateIndex {
  readonly #byId = new HashChains()
  readonly #byUser = new HashChains()
  #pages = new Int32Array(64)
  #offsets = new Uint32Array(64)
  #times = new Float64Array(64)
  #named = new Uint8Array(64)
  readonly #free: number[] = []
  #used = 0

  get size(): number {
    return this.#used - this.#free.length
  }

  get bytes(): number {
    const columns = [this.#pages, this.#offsets, this.#times, this.#named]
    return columns.reduce((sum, { byteLength }) => sum + byteLength, this.#byId.bytes + this.#byUser.bytes)
  }

  /** @returns number of the entry */
  add(id: string, userId: string, { page, offset, at, isNamed }: IndexedSlate): number {
    const entry = this.#free.pop() ?? this.#used++
    if (entry >= this.#pages.length) this.#grow()
    this.#byId.add(entry, textHash(id))
    this.#byUser.add(entry, textHash(userId))
    this.#pages[entry] = page
    this.#offsets[entry] = offset
    this.#times[entry] = at
    this.#named[entry] = isNamed ? 1 : 0
    return entry
  }

  /** Returns the entry of an id; undefined without one. */
  find(id: string): number | undefined {
    const entry = this.#byId.first(textHash(id))
    return entry === NONE ? undefined : entry
  }

  get(entry: number): IndexedSlate {
    const isNamed = this.#named[entry] === 1
    return { page: this.#pages[entry], offset: this.#offsets[entry], at: this.#times[entry], isNamed }
  }

  /** Returns whether the slate of an entry is in this page. */
  isIn(entry: number, page: number): boolean {
    return this.#pages[entry] === page
  }

  isOf(entry: number, userId: string): boolean {
    return this.#byUser.hashOf(entry) === textHash(userId)
  }

  /** Returns the entries of a user. */
  ofUser(userId: string): number[] {
    const entries: number[] = []
    for (let entry = this.#byUser.first(textHash(userId)); entry !== NONE; entry = this.#byUser.following(entry))
      entries.push(entry)
    return entries
  }

  hasOf(userId: string): boolean {
    return this.#byUser.first(textHash(userId)) !== NONE
  }

  name(entry: number): void {
    this.#named[entry] = 1
  }

  move(entry: number, offset: number): void {
    this.#offsets[entry] = offset
  }

  remove(entry: number): void {
    invariant(this.#pages[entry] !== NONE, 'SLATE_REMOVED_TWICE', 'the place of a removed slate would be free for two others.')
    this.#byId.remove(entry)
    this.#byUser.remove(entry)
    this.#pages[entry] = NONE
    this.#free.push(entry)
  }

  #grow(): void {
    const length = 2 * this.#pages.length
    const former = [this.#pages, this.#offsets, this.#times, this.#named] as const
    this.#pages = new Int32Array(length)
    this.#offsets = new Uint32Array(length)
    this.#times = new Float64Array(length)
    this.#named = new Uint8Array(length)
    this.#pages.set(former[0])
    this.#offsets.set(former[1])
    this.#times.set(former[2])
    this.#named.set(former[3])
  }
}

/** Stands for no entry. */
const NONE = -1

/** Hashes a text to an integer of 53 bits. */
function textHash(text: string): number {
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
class HashChains {
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
