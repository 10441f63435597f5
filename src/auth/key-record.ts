import { z } from 'zod'
import { InvalidInputError, NotFoundError } from '../errors.ts'
import { decodeStamped, encodeStamped } from '../state/stamped-json.ts'
import type { Subject } from '../state/subject.ts'

/** The store entry that lists the static keys. */
export const KEYS = { kind: 'keys', id: 'all' } as const satisfies Subject

/** Roles that a static key may have: a device shows a token, because it acts for one user. */
export const KEY_ROLES = ['backend', 'analyst', 'admin'] as const
export type KeyRole = (typeof KEY_ROLES)[number]

/** Most keys that are valid at once. */
export const MAX_KEYS = 1000
/** Most revoked keys that stay listed, the latest. Older ones are forgotten, and are refused as unknown keys. */
export const MAX_REVOKED = 100
/** Most characters of the name that an operator gives to a key. */
export const MAX_KEY_NAME = 128

const keyOnRecord = z.object({
  id: z.string(),
  /** Name that the operator gave the key. */
  name: z.string(),
  role: z.enum(KEY_ROLES),
  /** SHA-256 of the secret, in hex. */
  hash: z.string(),
  /** ms since 1970. */
  createdAt: z.number(),
  /** Last use in ms since 1970, at most a minute late; null before the first. */
  lastUsedAt: z.number().nullable(),
  /** ms since 1970; null while the key is valid. */
  revokedAt: z.number().nullable(),
})

const keysOnRecord = z.object({
  /** Number that rises by 1 with every change. Above 0, callers must show a key or a token. */
  revision: z.int(),
  /** In the order of their creation. */
  keys: z.array(keyOnRecord),
})

/** A static key as the store keeps it: a hash of its secret, but not the secret itself. */
export type KeyOnRecord = z.infer<typeof keyOnRecord>
/** All static keys, valid and revoked, and the number of changes so far. */
export type KeysOnRecord = z.infer<typeof keysOnRecord>

/** The record of a store in which no key was ever created. Callers then need none. */
export const NO_KEYS: KeysOnRecord = { revision: 0, keys: [] }

/** Encodes the record of static keys for the store. */
export function encodeKeys(record: KeysOnRecord, stamp: Uint8Array): Buffer {
  return encodeStamped(record, stamp)
}

/** Decodes the record of static keys. @throws ZodError if the record is invalid */
export function decodeKeys(value: Uint8Array): KeysOnRecord {
  return keysOnRecord.parse(decodeStamped(value))
}

/** Returns the record with one more key. @throws InvalidInputError if the record already has MAX_KEYS valid keys */
export function withKey(record: KeysOnRecord, key: KeyOnRecord): KeysOnRecord {
  if (record.keys.filter(isValid).length >= MAX_KEYS)
    throw new InvalidInputError(`There are already ${MAX_KEYS} valid keys, the most that are allowed: revoke one first.`)
  return { revision: record.revision + 1, keys: [...record.keys, key] }
}

/**
 * Revokes a key. A key that is revoked already stays as it is.
 * @throws NotFoundError if the key is not listed
 */
export function withoutKey(record: KeysOnRecord, id: string, revokedAt: number): KeysOnRecord {
  const found = record.keys.find((key) => key.id === id)
  if (!found) throw new NotFoundError(`No key has the id ${id}: list the keys to see their ids.`, 'keyId')
  if (found.revokedAt !== null) return record
  const changed = record.keys.map((key) => (key === found ? { ...key, revokedAt } : key))
  const revoked = changed.filter((key) => !isValid(key)).sort((a, b) => b.revokedAt! - a.revokedAt!)
  const forgotten = new Set(revoked.slice(MAX_REVOKED))
  return { revision: record.revision + 1, keys: changed.filter((key) => !forgotten.has(key)) }
}

/** Notes when keys were used last. @param uses ms since 1970, by the id of the key */
export function withUses(record: KeysOnRecord, uses: ReadonlyMap<string, number>): KeysOnRecord {
  const keys = record.keys.map((key) => {
    const used = uses.get(key.id)
    return used !== undefined && isValid(key) && used > (key.lastUsedAt ?? 0) ? { ...key, lastUsedAt: used } : key
  })
  return { revision: record.revision + 1, keys }
}

/** Tells whether a static key is not revoked. */
export function isValid({ revokedAt }: KeyOnRecord): boolean {
  return revokedAt === null
}
