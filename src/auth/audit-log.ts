import { type SwapUploadParts, swapUpload } from '../events/swap-upload.ts'
import { decodeStamped, encodeStamped, readStamped } from '../state/stamped-json.ts'
import type { JsonObject } from '../state/user-value.ts'
import { type AuditEntry, type Audited, actorOf, auditEntry, boundedState } from './audit-entry.ts'
import type { Principal } from './principal.ts'

/** Number of the latest entries that the store keeps. The log of events keeps all. */
export const KEPT_ENTRIES = 10_000
/** The store entry that counts the entries. */
const HEAD = 'head'

export interface AuditLogParts extends SwapUploadParts {
  /** Called for a stored entry that cannot be read; it is left out. */
  readonly onUnreadable: (error: Error) => void
}

/**
 * What operators did, in the store and in its log of events. An entry has a number and takes the place of the entry whose number is
 * lower by KEPT_ENTRIES.
 */
export class AuditLog {
  readonly #parts: AuditLogParts

  constructor(parts: AuditLogParts) {
    this.#parts = parts
  }

  /**
   * Notes what an operator has done. Resolves when the store has it, so await it before you answer. Notes nothing of devices.
   * @throws UnavailableError if the store does not answer: what was done stays done, and can be repeated
   */
  async note(principal: Principal, { action, target, before, after }: Audited): Promise<void> {
    const actor = actorOf(principal)
    if (!actor) return
    const sequence = await this.#takeNumber()
    const at = this.#parts.clock.wall()
    const states = { before: boundedState(before), after: boundedState(after) }
    await this.#put(String(sequence % KEPT_ENTRIES), () => ({ sequence, at, ...actor, action, target, ...states }))
  }

  /** Reads the kept entries, latest first. */
  async read(): Promise<readonly AuditEntry[]> {
    const entries: AuditEntry[] = []
    const problem = 'An entry of the audit log cannot be read, and is left out.'
    for await (const { id, value } of this.#parts.store.listSubjects('audit')) {
      const entry =
        id === HEAD ? undefined : readStamped(value, (json) => auditEntry.parse(json), problem, this.#parts.onUnreadable)
      if (entry) entries.push(entry)
    }
    return entries.sort((a, b) => b.sequence - a.sequence)
  }

  async #takeNumber(): Promise<number> {
    let taken = 0
    await this.#put(HEAD, (current) => {
      taken = current === undefined ? 0 : Number((decodeStamped(current) as JsonObject).next)
      return { next: taken + 1 }
    })
    return taken
  }

  async #put(id: string, make: (current: Uint8Array | undefined) => JsonObject): Promise<void> {
    const { random, clock } = this.#parts
    await swapUpload(this.#parts, { kind: 'audit', id }, (current) => {
      const upload = make(current)
      return { value: encodeStamped(upload, random.stamp()), at: clock.now(), upload, signal: undefined }
    })
  }
}
