/** Storage of the entries. Deleting the current entry must not disturb an iteration. */
export interface Held<V> {
  readonly size: number
  get(key: string): V | undefined
  set(key: string, value: V): unknown
  delete(key: string): boolean
  keys(): IterableIterator<string>
  entries(): IterableIterator<[string, V]>
}

/**
 * A map that can be iterated in pieces, as it was at one moment, while it keeps changing. If a key changes before the iteration
 * reaches it, its old value is kept for the iteration.
 */
export class InsertionOrderedMap<V> {
  readonly #map: Held<V>
  readonly #copy: (value: V) => V
  /** From `freeze` to the end of the walk: what changed keys held at that moment, undefined for nothing. */
  #before: Map<string, V | undefined> | undefined

  /** @param copy copies a value before it changes in place; the identity function for values that never do */
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

  /** Returns the value, so that its owner can change it in place. */
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

  /** Fixes the moment that the next walk shows. */
  freeze(): void {
    this.#before = new Map()
  }

  /**
   * Yields the entries as of the last `freeze`, and ends the freeze. A key that changes behind the walk comes twice, with the same
   * value. An entry for which `isOver` holds is deleted and comes as undefined, unless it has changed since: then it stays, and is
   * yielded.
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

  /** Ends the freeze without a walk. */
  thaw(): void {
    this.#before = undefined
  }
}
