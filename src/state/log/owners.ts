import type { LogEntry } from './entry.ts'

/** Owners of ids at the end of a log, after all merges and erasures. */
export class Owners {
  /** By user, number of the last entry that erased them. */
  readonly #erased = new Map<string, number>()
  /** By id, whose it became. */
  readonly #merged = new Map<string, string>()

  /** Adds an entry. Call it for all entries of the log, in order. @param number number of the entry, from 0 */
  add(entry: LogEntry, number: number): void {
    if (entry.kind === 'erase' && entry.of === 'user') this.#erased.set(entry.id, number)
    else if (entry.kind === 'merge' && entry.step === 'leave') this.#merged.set(entry.id, entry.other)
    else if (entry.kind === 'merge' && entry.step === 'stay') this.#merged.delete(entry.id)
  }

  /** Returns whether the user is erased after the entry with this number. */
  isErased(userId: string, number: number): boolean {
    return number < (this.#erased.get(userId) ?? -1)
  }

  /** Returns the user that an id stands for at the end of the log. */
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
