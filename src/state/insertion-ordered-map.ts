/** What holds the entries; deleting the one at hand does not disturb a walk through them. */
export interface Held<V> {
  readonly size: number
  get(key: string): V | undefined
  set(key: string, value: V): unknown
  delete(key: string): boolean
  keys(): IterableIterator<string>
  entries(): IterableIterator<[string, V]>
}

/**
 * A map that can be walked, piece by piece, as it was at one moment, while it goes on changing: what a key held at that moment
 * is set aside when it changes before the walk has come to it.
 */
export class InsertionOrderedMap<V> {
  readonly #map: Held<V>
  readonly #copy: (value: V) => V
  /** From `freeze` to the end of the walk: what changed keys held at that moment, undefined for nothing. */
  #before: Map<string, V | undefined> | undefined

  /** @param copy keeps a value from being changed in place; the identity for values that never are */
  constructor(copy: (value: V) => V, held: Held<V> = new Map<string, V>()) {
    this.#copy = copy
    this.#map = held
  }

  get size(): number {
    return this.#map.size
  }

  get(key: string): V | undefined {
    return this.#map.get(key)
  }

  /** The value, for its owner to change in place. */
  change(key: string): V | undefined {
    this.#setAside(key)
    return this.#map.get(key)
  }

  set(key: string, value: V): void {
    this.#setAside(key)
    this.#map.set(key, value)
  }

  delete(key: string): boolean {
    this.#setAside(key)
    return this.#map.delete(key)
  }

  #setAside(key: string): void {
    if (!this.#before || this.#before.has(key)) return
    const held = this.#map.get(key)
    this.#before.set(key, held === undefined ? undefined : this.#copy(held))
  }

  keys(): IterableIterator<string> {
    return this.#map.keys()
  }

  entries(): IterableIterator<[string, V]> {
    return this.#map.entries()
  }

  /** The moment that the next walk sees. */
  freeze(): void {
    this.#before = new Map()
  }

  /**
   * What the map held when it was frozen; then it is no longer frozen. A key that changes behind the walk comes twice, with the
   * same value. An entry that is over goes from here, and is undefined in the walk, unless it has changed since: then it stays in
   * both.
   */
  *walk(isOver: (key: string, value: V) => boolean): Generator<[string, V] | undefined> {
    const before = this.#before
    if (!before) throw new Error('a map is frozen before it is walked')
    for (const [key, value] of this.#map.entries()) {
      if (before.has(key)) continue
      const goes = isOver(key, value)
      if (goes) this.#map.delete(key)
      yield goes ? undefined : [key, value]
    }
    // Every key has been seen by now, or had changed before: what changes from here on is of no concern.
    this.thaw()
    for (const [key, value] of before) if (value !== undefined) yield [key, value]
  }

  /** Gives a walk up. */
  thaw(): void {
    this.#before = undefined
  }
}
