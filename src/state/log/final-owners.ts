import { type ConsentRule, joinConsents, lacksConsent } from '../expiry.ts'
import type { LogEntry } from '../log-entry.ts'
import type { Consent } from '../user-value.ts'

/** Owners of ids at the end of a log, after all merges and erasures. */
export class Owners {
  readonly #rule: ConsentRule
  /** By user, number of the last entry that erased them. */
  readonly #erased = new Map<string, number>()
  /** By id, whose it became. */
  readonly #merged = new Map<string, string>()
  /** By user, the latest decision about consent. */
  readonly #consents = new Map<string, Consent>()

  /** @param rule whether users count without having consented */
  constructor(rule: ConsentRule) {
    this.#rule = rule
  }

  /** Adds an entry. Call it for all entries of the log, in order. @param number number of the entry, from 0 */
  add(entry: LogEntry, number: number): void {
    if (entry.kind === 'erase' && entry.of === 'user') this.#erase(entry.id, number)
    else if (entry.kind === 'user' && entry.consent) this.#consents.set(entry.id, entry.consent)
    else if (entry.kind === 'merge') this.#merge(entry)
  }

  #erase(userId: string, number: number): void {
    this.#erased.set(userId, number)
    this.#consents.delete(userId)
  }

  #merge({ id, step, other }: Extract<LogEntry, { kind: 'merge' }>): void {
    if (step === 'leave' || (step === 'left' && other !== '')) this.#merged.set(id, other)
    else if (step === 'stay') this.#merged.delete(id)
    else if (step === 'take') {
      const joined = joinConsents(this.#consents.get(id), this.#consents.get(other))
      if (joined) this.#consents.set(id, joined)
    }
  }

  /** Returns whether the user is erased after the entry with this number. */
  isErased(userId: string, number: number): boolean {
    return number < (this.#erased.get(userId) ?? -1)
  }

  /** Returns whether the user that an id stands for lacks consent at the end of the log: what is logged must not be used then. */
  lacksConsent(userId: string): boolean {
    return lacksConsent(this.#consents.get(this.ownerOf(userId)), this.#rule)
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
