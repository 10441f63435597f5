import type { StoredSlate } from '../personal-data.ts'

/** A kept slate. */
export interface MemorySlate {
  /** Time of serving on a clock that never steps, in whole ms; see `steadyTime`. */
  readonly at: number
  readonly userId: string
  /** As `encodeSlate` makes it. */
  readonly bytes: Uint8Array
}

/** Served slates by id, oldest first, with an index by user. */
export class MemorySlates implements Iterable<[string, MemorySlate]> {
  readonly #slates = new Map<string, MemorySlate>()
  readonly #ofUser = new Map<string, Set<string>>()

  get size(): number {
    return this.#slates.size
  }

  get(id: string): MemorySlate | undefined {
    return this.#slates.get(id)
  }

  set(id: string, slate: MemorySlate): void {
    this.delete(id)
    this.#slates.set(id, slate)
    const { userId } = slate
    const ids = this.#ofUser.get(userId)
    if (ids) ids.add(id)
    else this.#ofUser.set(userId, new Set([id]))
  }

  delete(id: string): void {
    const held = this.#slates.get(id)
    if (!held) return
    this.#slates.delete(id)
    const { userId } = held
    const ids = this.#ofUser.get(userId)
    ids?.delete(id)
    if (ids?.size === 0) this.#ofUser.delete(userId)
  }

  /** Sets the times of all slates that are later than `time` to `time`. A clock that ran ahead had set them. */
  dateBack(time: number): void {
    for (const [id, slate] of this.#slates) if (slate.at > time) this.#slates.set(id, { ...slate, at: time })
  }

  /** Deletes the slates served at this time or before. */
  deleteBefore(time: number): void {
    for (const [id, { at }] of this.#slates) {
      if (at > time) break
      this.delete(id)
    }
  }

  hasOf(userId: string): boolean {
    return this.#ofUser.has(userId)
  }

  /** Yields the slates of a user, oldest first. */
  *ofUser(userId: string): Generator<StoredSlate> {
    for (const id of [...(this.#ofUser.get(userId) ?? [])]) {
      const slate = this.#slates.get(id)
      if (slate) yield { recommendationId: id, bytes: slate.bytes }
    }
  }

  /** Deletes all slates of a user. @returns number of deleted slates */
  deleteOf(userId: string): number {
    const ids = this.#ofUser.get(userId) ?? new Set()
    for (const id of ids) this.#slates.delete(id)
    this.#ofUser.delete(userId)
    return ids.size
  }

  [Symbol.iterator](): IterableIterator<[string, MemorySlate]> {
    return this.#slates.entries()
  }
}
