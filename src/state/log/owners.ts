import type { LogEntry } from './entry.ts'

/** Whose the entries of a log are at its end: users are merged, and erased. */
export class Owners {
  /** By user, number of the last entry that erased them. */
  readonly #erased = new Map<string, number>()
  /** By id, whose it became. */
  readonly #merged = new Map<string, string>()

  /** Takes the entries of the log in their order. @param number of the entry, from 0 */
  add(entry: LogEntry, number: number): void {
    if (entry.kind === 'erase' && entry.of === 'user') this.#erased.set(entry.id, number)
    else if (entry.kind === 'merge' && entry.step === 'leave') this.#merged.set(entry.id, entry.other)
    else if (entry.kind === 'merge' && entry.step === 'stay') this.#merged.delete(entry.id)
  }

  /** Whether the user is erased behind the entry of this number. */
  isErased(userId: string, number: number): boolean {
    return number < (this.#erased.get(userId) ?? -1)
  }

  /** Whose an id is at the end of the log. */
  ownerOf(userId: string): string {
    const met = new Set<string>()
    let owner = userId
    for (let next = this.#merged.get(owner); next !== undefined && !met.has(next); next = this.#merged.get(owner)) {
      met.add(next)
      owner = next
    }
    return owner
  }
}
