import { isValid, type KeyOnRecord, type KeysOnRecord, NO_KEYS } from './key-record.ts'
import { isSecretOf, parseKey } from './key-text.ts'
import type { Principal } from './principal.ts'

/** A key, as a request is checked against it. */
interface Known {
  readonly key: KeyOnRecord
  readonly principal: Principal
}

/**
 * The static keys as this process knows them. The owner keeps them up to date. Of a revoked key only the id is held, so that the key
 * stays refused if the store loses the revocation.
 */
export class KnownKeys {
  #record = NO_KEYS
  #areConfigured = false
  #valid = new Map<string, Known>()
  /** Ids of keys that were revoked since this process started, or were listed as revoked. */
  readonly #revoked = new Set<string>()
  readonly #uses = new Map<string, number>()
  readonly #watchers = new Map<string, Set<() => void>>()
  readonly #beforeKeys = new Set<() => void>()
  readonly #wall: () => number

  /** @param wall time in ms since 1970 */
  constructor(wall: () => number) {
    this.#wall = wall
  }

  get record(): KeysOnRecord {
    return this.#record
  }

  /**
   * Whether a key was ever created in this store. From then on callers must show a key or a token, also if all keys are revoked, and
   * also if the store loses its data.
   */
  get areConfigured(): boolean {
    return this.#areConfigured
  }

  /** Takes a newer record. Ignores an older one, such as that of a delayed signal. */
  follow(record: KeysOnRecord): void {
    if (record.revision > this.#record.revision) this.#replace(record)
  }

  /** Takes the record of a store that may have lost data. */
  startOver(record: KeysOnRecord): void {
    this.#replace(record)
  }

  #replace(record: KeysOnRecord): void {
    const before = this.#valid
    this.#record = record
    if (record.revision > 0 && !this.#areConfigured) {
      this.#areConfigured = true
      for (const watcher of this.#beforeKeys) watcher()
      this.#beforeKeys.clear()
    }
    for (const key of record.keys) if (!isValid(key)) this.#revoked.add(key.id)
    const valid = record.keys.filter((key) => isValid(key) && !this.#revoked.has(key.id))
    this.#valid = new Map(valid.map((key) => [key.id, { key, principal: principalOf(key) }]))
    for (const id of before.keys()) {
      if (this.#valid.has(id)) continue
      this.#uses.delete(id)
      const watchers = this.#watchers.get(id)
      this.#watchers.delete(id)
      for (const watcher of watchers ?? []) watcher()
    }
  }

  /** Ids of keys that this process knows to be revoked, and the record lists as valid: the store lost their revocation. */
  get lostRevocations(): readonly string[] {
    return this.#record.keys.filter((key) => isValid(key) && this.#revoked.has(key.id)).map(({ id }) => id)
  }

  /** Checks a key. @returns undefined if it is unknown or revoked */
  principalOf(text: string): Principal | undefined {
    const parsed = parseKey(text)
    const known = parsed && this.#valid.get(parsed.id)
    return known && isSecretOf(parsed.secret, known.key.hash) ? known.principal : undefined
  }

  /** Notes that a caller has shown the key of this id. @returns whether it is valid */
  noteUse(id: string): boolean {
    if (!this.#valid.has(id)) return false
    this.#uses.set(id, this.#wall())
    return true
  }

  /** Returns the uses since the last call, in ms since 1970, of keys whose recorded use is older than this. */
  takeUses(olderThanMs: number): ReadonlyMap<string, number> {
    const due = new Map<string, number>()
    for (const [id, used] of this.#uses) {
      const recorded = this.#valid.get(id)?.key.lastUsedAt ?? 0
      if (used - recorded >= olderThanMs) due.set(id, used)
    }
    this.#uses.clear()
    return due
  }

  /** Whether the key of this id is valid. */
  has(id: string): boolean {
    return this.#valid.has(id)
  }

  /**
   * Calls `onConfigured` once when the first key is created.
   * @returns function that ends this
   */
  watchFirst(onConfigured: () => void): () => void {
    this.#beforeKeys.add(onConfigured)
    return () => this.#beforeKeys.delete(onConfigured)
  }

  /**
   * Calls `onRevoked` once when a key is revoked.
   * @returns function that ends this
   */
  watch(id: string, onRevoked: () => void): () => void {
    const watchers = this.#watchers.get(id) ?? new Set()
    this.#watchers.set(id, watchers.add(onRevoked))
    return () => {
      watchers.delete(onRevoked)
      if (watchers.size === 0 && this.#watchers.get(id) === watchers) this.#watchers.delete(id)
    }
  }
}

function principalOf({ id, role }: KeyOnRecord): Principal {
  return { role, userId: undefined, keyId: id, subject: undefined, expiresAt: undefined }
}
