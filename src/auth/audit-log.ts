import { z } from 'zod'
import { type SwapUploadParts, swapUpload } from '../events/swap-upload.ts'
import { decodeStamped, encodeStamped, readStamped } from '../state/stamped-json.ts'
import type { JsonObject } from '../state/user-value.ts'
import { type AuditEntry, type Audited, actorOf, auditEntry, boundedState } from './audit-entry.ts'
import type { Principal } from './principal.ts'

/** Number of the latest merges that the store keeps, and of the latest other entries. */
export const KEPT_ENTRIES = 10_000
/** The store entry that counts the entries. */
const HEAD = 'head'
const head = z.object({
  /** Number of the next entry. */
  next: z.int().nonnegative(),
  /** Number of merges among the entries before. */
  merges: z.int().nonnegative().default(0),
})

export interface AuditLogParts extends SwapUploadParts {
  /** Called for a stored entry that cannot be read; it is left out. */
  readonly onUnreadable: (error: Error) => void
}

/**
 * What operators did, in the store and in its log of events. Merges have a ring of KEPT_ENTRIES places, and all other entries have
 * another one: a backend may merge as many users as it likes, and must not push out what admins did.
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
    const { sequence, place } = await this.#takePlace(action === 'MERGE_USERS')
    const at = this.#parts.clock.wall()
    const states = { before: boundedState(before), after: boundedState(after) }
    await this.#put(place, () => ({ sequence, at, ...actor, action, target, ...states }))
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

  /** Takes the next number, and the place of the oldest entry in the ring. */
  async #takePlace(isMerge: boolean): Promise<{ readonly sequence: number; readonly place: string }> {
    let taken = { sequence: 0, place: '' }
    await this.#put(HEAD, (current) => {
      const { next, merges } = current === undefined ? { next: 0, merges: 0 } : head.parse(decodeStamped(current))
      const place = isMerge ? `merge-${merges % KEPT_ENTRIES}` : String((next - merges) % KEPT_ENTRIES)
      taken = { sequence: next, place }
      return { next: next + 1, merges: isMerge ? merges + 1 : merges }
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
