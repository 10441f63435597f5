import type { Clock } from '../clock.ts'
import { InvalidInputError } from '../errors.ts'
import { type SwapUploadParts, swapUpload } from '../events/swap.ts'
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

/** A key that was drawn, and its text, which nobody can read again. */
export interface DrawnKey {
  readonly key: KeyOnRecord
  readonly text: string
}

export interface KeyChangesParts extends SwapUploadParts {
  readonly keys: KnownKeys
  /** Clock of the machine, by which keys end. */
  readonly machine: Pick<Clock, 'wall'>
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
   * Draws a key, which is valid as soon as it is added.
   * @throws InvalidInputError if the name is empty, too long or contains control characters
   */
  draw(role: KeyRole, name: string): DrawnKey {
    if (name.trim() === '' || name.length > MAX_KEY_NAME || CONTROL.test(name))
      throw new InvalidInputError(`name: give the key a name of 1 to ${MAX_KEY_NAME} printable characters.`, 'name')
    const { text, id, hash } = newKey()
    return { key: { id, name, role, hash, createdAt: this.#now(), lastUsedAt: null, revokedAt: null }, text }
  }

  /** Adds a key. @throws InvalidInputError if there are too many */
  async add(key: KeyOnRecord): Promise<void> {
    await this.#change((record) => withKey(record, key))
  }

  /**
   * Revokes a key, in this process at once and in others within seconds. A key that is revoked already stays so.
   * @returns the key before and after
   * @throws NotFoundError if the key is not listed
   */
  async revoke(id: string): Promise<{ readonly before: KeyOnRecord; readonly after: KeyOnRecord }> {
    const { before, after } = await this.#change((record) => withoutKey(record, id, this.#now()))
    const ofId = (record: KeysOnRecord) => record.keys.find((key) => key.id === id)!
    return { before: ofId(before), after: ofId(after) }
  }

  /** Records when keys were used last. @param uses ms since 1970, by the id of the key */
  async noteUses(uses: ReadonlyMap<string, number>): Promise<void> {
    if (uses.size > 0) await this.#change((record) => withUses(record, uses))
  }

  #now(): number {
    return this.#parts.machine.wall()
  }

  async #change(change: (record: KeysOnRecord) => KeysOnRecord): Promise<{ before: KeysOnRecord; after: KeysOnRecord }> {
    const { keys, random, clock } = this.#parts
    let before = NO_KEYS
    let after = NO_KEYS
    await swapUpload(this.#parts, KEYS, (current) => {
      before = current ? decodeKeys(current) : NO_KEYS
      after = change(before)
      const value = encodeKeys(after, random.stamp())
      return { value, at: clock.now(), upload: { ...after } as JsonObject, signal: String(after.revision) }
    })
    keys.follow(after)
    return { before, after }
  }
}
