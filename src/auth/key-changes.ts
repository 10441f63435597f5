import { InvalidInputError } from '../errors.ts'
import { type SwapUploadParts, swapUpload } from '../events/swap-upload.ts'
import type { JsonObject } from '../state/user-value.ts'
import {
  decodeKeys,
  encodeKeys,
  KEYS,
  type KeyOnRecord,
  type KeyRole,
  type KeysOnRecord,
  MAX_KEY_NAME,
  NO_KEYS,
  withKey,
  withoutKey,
  withUses,
} from './key-record.ts'
import { newKey } from './key-text.ts'
import type { KnownKeys } from './known-keys.ts'

export interface KeyChangesParts extends SwapUploadParts {
  readonly keys: KnownKeys
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f]|\p{Surrogate}/u

/**
 * Changes the recorded keys for all processes. A change resolves when this process follows it; other processes follow by a signal.
 * Each method throws UnavailableError if the store does not answer; nothing has changed then.
 */
export class KeyChanges {
  readonly #parts: KeyChangesParts

  constructor(parts: KeyChangesParts) {
    this.#parts = parts
  }

  /**
   * Creates a key.
   * @returns the key, and its text, which nobody can read again
   * @throws InvalidInputError if the name is empty, too long or contains control characters
   */
  async create(role: KeyRole, name: string): Promise<{ readonly key: KeyOnRecord; readonly text: string }> {
    if (name.trim() === '' || name.length > MAX_KEY_NAME || CONTROL.test(name))
      throw new InvalidInputError(`name: give the key a name of 1 to ${MAX_KEY_NAME} printable characters.`, 'name')
    const { text, id, hash } = newKey()
    const key = { id, name, role, hash, createdAt: this.#now(), lastUsedAt: null, revokedAt: null }
    await this.#change((record) => withKey(record, key))
    return { key, text }
  }

  /**
   * Revokes a key, in this process at once and in others within seconds. A key that is revoked already stays so.
   * @throws NotFoundError if the key is not listed
   */
  async revoke(id: string): Promise<KeyOnRecord> {
    const record = await this.#change((record) => withoutKey(record, id, this.#now()))
    return record.keys.find((key) => key.id === id)!
  }

  /** Records when keys were used last. @param uses ms since 1970, by the id of the key */
  async noteUses(uses: ReadonlyMap<string, number>): Promise<void> {
    if (uses.size > 0) await this.#change((record) => withUses(record, uses))
  }

  #now(): number {
    return this.#parts.clock.wall()
  }

  async #change(change: (record: KeysOnRecord) => KeysOnRecord): Promise<KeysOnRecord> {
    const { keys, random, clock } = this.#parts
    let changed = NO_KEYS
    await swapUpload(this.#parts, KEYS, (current) => {
      changed = change(current ? decodeKeys(current) : NO_KEYS)
      const value = encodeKeys(changed, random.stamp())
      return { value, at: clock.now(), upload: { ...changed } as JsonObject, signal: String(changed.revision) }
    })
    keys.follow(changed)
    return changed
  }
}
