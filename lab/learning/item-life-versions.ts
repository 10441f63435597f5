import type { ItemLives } from '../../src/catalogue/item-lives.ts'
import type { LoggedDecision } from '../../src/state/log-entry.ts'

/**
 * The lives of items that processes knew when they made logged decisions. Each decision has their digest: a process hears of a new life
 * a little later than the log has it.
 */
export class ItemLifeVersions {
  readonly #needed = new Map<number, ReadonlyMap<string, string> | undefined>()

  /** Says that the lives of a decision will be asked for. */
  need({ lives }: LoggedDecision): void {
    if (lives !== undefined) this.#needed.set(lives, undefined)
  }

  /** Keeps these lives, if a decision needs them. */
  see({ digest, names }: ItemLives): void {
    if (this.#needed.has(digest) && this.#needed.get(digest) === undefined) this.#needed.set(digest, new Map(names))
  }

  /** Whether the log never had the lives of a decision. */
  isMissing({ lives }: LoggedDecision): boolean {
    return lives !== undefined && this.#needed.get(lives) === undefined
  }

  /** Returns the names of items that were not in their first life; undefined for a decision of an earlier version. */
  of({ lives }: LoggedDecision): ReadonlyMap<string, string> | undefined {
    return lives === undefined ? undefined : this.#needed.get(lives)
  }
}
