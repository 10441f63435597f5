import { HashChains, NONE, textHash } from './hash-chains.ts'

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
    this.#byId.remove(entry)
    this.#byUser.remove(entry)
    this.#pages[entry] = NONE
    this.#free.push(entry)
  }

  /** Sets times later than `time` to `time`. */
  dateBack(time: number): void {
    for (let entry = 0; entry < this.#used; entry++) if (this.#times[entry] > time) this.#times[entry] = time
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
