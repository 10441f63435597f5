/** A served slate as JSON. */
export interface HeldSlate {
  /** Time of serving on a clock that never steps, in ms; see `steadyTime`. */
  readonly at: number
  readonly json: string
}

const OF_USER = /"userId":("(?:[^"\\]|\\.)*")/

/** Served slates by id, oldest first, with an index by user. */
export class HeldSlates implements Iterable<[string, HeldSlate]> {
  readonly #slates = new Map<string, HeldSlate>()
  readonly #ofUser = new Map<string, Set<string>>()

  get size(): number {
    return this.#slates.size
  }

  get(id: string): HeldSlate | undefined {
    return this.#slates.get(id)
  }

  set(id: string, slate: HeldSlate): void {
    this.delete(id)
    this.#slates.set(id, slate)
    const userId = userOf(slate)
    if (userId === undefined) return
    const ids = this.#ofUser.get(userId)
    if (ids) ids.add(id)
    else this.#ofUser.set(userId, new Set([id]))
  }

  delete(id: string): void {
    const held = this.#slates.get(id)
    if (!held) return
    this.#slates.delete(id)
    const userId = userOf(held)
    const ids = userId === undefined ? undefined : this.#ofUser.get(userId)
    ids?.delete(id)
    if (userId !== undefined && ids?.size === 0) this.#ofUser.delete(userId)
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

  /** Deletes all slates of a user. @returns number of deleted slates */
  deleteOf(userId: string): number {
    const ids = this.#ofUser.get(userId) ?? new Set()
    for (const id of ids) this.#slates.delete(id)
    this.#ofUser.delete(userId)
    return ids.size
  }

  [Symbol.iterator](): IterableIterator<[string, HeldSlate]> {
    return this.#slates.entries()
  }
}

/** The user that a slate names; undefined when it names none. A search, since parsing all of it takes ten times as long. */
function userOf({ json }: HeldSlate): string | undefined {
  const quoted = OF_USER.exec(json)?.[1]
  return quoted === undefined ? undefined : (JSON.parse(quoted) as string)
}
