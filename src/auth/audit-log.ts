import { z } from 'zod'
import { type ErrorCode, LiverankError } from '../errors.ts'
import { type SwapUploadParts, swapUpload } from '../events/swap.ts'
import { decodeStamped, encodeStamped, readStamped } from '../state/stamped-json.ts'
import type { JsonObject } from '../state/user-value.ts'
import { type AuditEntry, actorOf, auditEntry, boundedState, type Changed, type Intended } from './audit-entry.ts'
import type { Principal } from './principal.ts'

/** Number of the latest merges that the store keeps, and of the latest other entries. */
export const KEPT_ENTRIES = 10_000
/** Errors of changes that were not done. After any other error nobody knows. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['BAD_USER_INPUT', 'NOT_FOUND', 'MODEL_CONTRACT'])
/** The store entry that counts the entries. */
const HEAD = 'head'
const head = z.object({
  /** Number of the next entry. */
  next: z.int().nonnegative(),
  /** Number of merges among the entries before. */
  merges: z.int().nonnegative(),
})

export interface AuditLogParts extends SwapUploadParts {
  /** Called for a stored entry that cannot be read, and is left out; and for one whose outcome cannot be written, and stays UNKNOWN. */
  readonly onIncomplete: (error: Error) => void
}

/**
 * The log of operators' actions, kept in the store and in its log of events. Merges of users have a ring of KEPT_ENTRIES entries,
 * and all other actions have a second one. A backend may merge any number of users, and must not push out the entries of admins.
 */
export class AuditLog {
  readonly #parts: AuditLogParts

  constructor(parts: AuditLogParts) {
    this.#parts = parts
  }

  /**
   * Notes what an operator is about to do, does it, and notes how it ended. So nothing is done without an entry, also if the process
   * ends at any moment. Of devices it notes nothing.
   * @param change resolves when the change is stored
   * @returns what the change returns. An outcome that cannot be noted does not fail it: its entry stays UNKNOWN
   * @throws UnavailableError if the entry cannot be written; nothing was done then. Whatever the change throws
   */
  async perform<T>(principal: Principal, intended: Intended, change: () => Promise<Changed<T>>): Promise<T> {
    const actor = actorOf(principal)
    if (!actor) return (await change()).result
    const { sequence, place } = await this.#takePlace(intended.action === 'MERGE_USERS')
    const at = this.#parts.clock.wall()
    const entry: AuditEntry = { sequence, at, ...actor, ...intended, outcome: 'UNKNOWN', before: null, after: null }
    await this.#put(place, () => entry)
    try {
      const { result, before, after } = await change()
      const states = { before: boundedState(before), after: boundedState(after) }
      await this.#complete(place, { ...entry, outcome: 'DONE', ...states })
      return result
    } catch (error) {
      if (isRefusal(error)) await this.#complete(place, { ...entry, outcome: 'REFUSED' })
      throw error
    }
  }

  /** Reads the kept entries, latest first. */
  async read(): Promise<readonly AuditEntry[]> {
    const entries: AuditEntry[] = []
    const problem = 'An entry of the audit log cannot be read, and is left out.'
    for await (const { id, value } of this.#parts.store.listSubjects('audit')) {
      const entry =
        id === HEAD ? undefined : readStamped(value, (json) => auditEntry.parse(json), problem, this.#parts.onIncomplete)
      if (entry) entries.push(entry)
    }
    return entries.sort((a, b) => b.sequence - a.sequence)
  }

  /** Replaces an entry that says UNKNOWN, unless later entries have taken its place. */
  async #complete(place: string, entry: AuditEntry): Promise<void> {
    try {
      await this.#put(place, (current) => {
        const held = current && auditEntry.safeParse(decodeStamped(current)).data
        return held?.sequence === entry.sequence ? entry : undefined
      })
    } catch (cause) {
      const done = `The audit log lacks the outcome ${entry.outcome} of ${entry.action}, entry ${entry.sequence}.`
      this.#parts.onIncomplete(new Error(done, { cause }))
    }
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

  async #put(id: string, make: (current: Uint8Array | undefined) => JsonObject | undefined): Promise<void> {
    const { random, clock } = this.#parts
    await swapUpload(this.#parts, { kind: 'audit', id }, (current) => {
      const upload = make(current)
      return upload && { value: encodeStamped(upload, random.stamp()), at: clock.now(), upload, signal: undefined }
    })
  }
}

/** Whether an error says that nothing was changed, because the caller asked for what cannot be done. */
function isRefusal(error: unknown): boolean {
  return error instanceof LiverankError && REFUSALS.has(error.code)
}
