import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Bytes of the secret part of a key: 256 bits. */
const SECRET_BYTES = 32
const ID_BYTES = 8
/** `lrk_`, the id in hex, and the secret in base64url. Tools that look for leaked secrets know keys by their beginning. */
const KEY = /^lrk_([0-9a-f]{16})_([\w-]{43})$/

/** A new key: the text that is shown once, and what is kept of it. */
export interface NewKey {
  readonly text: string
  readonly id: string
  /** SHA-256 of the secret, in hex. */
  readonly hash: string
}

/** Draws a key from the system's source of randomness. */
export function newKey(): NewKey {
  const id = randomBytes(ID_BYTES).toString('hex')
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  return { text: `lrk_${id}_${secret}`, id, hash: hashOf(secret).toString('hex') }
}

/** Tells whether a credential has the prefix of static keys. The key itself may be invalid. */
export function looksLikeKey(credential: string): boolean {
  return credential.startsWith('lrk_')
}

/** Reads a key. @returns undefined if it has another shape */
export function parseKey(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = KEY.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** Compares a secret with a hash, in a time that does not depend on how much of it is right. */
export function isSecretOf(secret: string, expected: string): boolean {
  return timingSafeEqual(hashOf(secret), Buffer.from(expected, 'hex'))
}

function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}
