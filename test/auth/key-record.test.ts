import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isValid, type KeyOnRecord, MAX_KEYS, MAX_REVOKED, NO_KEYS, withKey, withoutKey } from '../../src/auth/key-record.ts'
import { isSecretOf, newKey, parseKey } from '../../src/auth/key-text.ts'
import { KnownKeys } from '../../src/auth/known-keys.ts'
import { IS_LONG } from '../support/long.ts'

function key(id: string): KeyOnRecord {
  return { id, name: id, role: 'backend', hash: newKey().hash, createdAt: 0, lastUsedAt: null, revokedAt: null }
}

const REVOKED = IS_LONG ? 1_000_000 : 50_000

describe('the record of keys', () => {
  it('holds the keys that are valid, and the last ones that were revoked', () => {
    const step = fc.record({ id: fc.integer({ min: 0, max: 300 }).map(String), revokes: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        let record = NO_KEYS
        const valid = new Set<string>()
        let at = 0
        for (const { id, revokes } of steps) {
          if (revokes && valid.delete(id)) record = withoutKey(record, id, ++at)
          else if (!revokes && !record.keys.some((held) => held.id === id)) {
            record = withKey(record, key(id))
            valid.add(id)
          }
        }
        expect(new Set(record.keys.filter(isValid).map(({ id }) => id))).toEqual(valid)
        const revoked = record.keys.flatMap(({ revokedAt }) => (revokedAt === null ? [] : [revokedAt]))
        // The latest ones: revocations are numbered, and an id may come back only once its revocation is forgotten.
        expect(revoked.toSorted((a, b) => b - a)).toEqual(Array.from({ length: Math.min(at, MAX_REVOKED) }, (_, i) => at - i))
      }),
      { numRuns: 50 },
    )
  })

  it('refuses more keys than it may hold', () => {
    const full = { revision: 1, keys: Array.from({ length: MAX_KEYS }, (_, i) => key(`k${i}`)) }
    expect(() => withKey(full, key('more'))).toThrow(/the most that are allowed/)
    expect(withKey(withoutKey(full, 'k7', 1), key('more')).keys).toHaveLength(MAX_KEYS + 1)
  })

  it(`is no larger, and no slower to check, after ${REVOKED} revoked keys`, () => {
    const known = new KnownKeys(() => 0)
    const kept = newKey()
    let record = withKey(NO_KEYS, { ...key(kept.id), hash: kept.hash })
    const template = key('template')
    for (let i = 0; i < REVOKED; i++) record = withoutKey(withKey(record, { ...template, id: `k${i}` }), `k${i}`, i)
    known.follow(record)
    expect(record.keys).toHaveLength(1 + MAX_REVOKED)
    expect(known.principalOf(kept.text)).toMatchObject({ role: 'backend', keyId: kept.id })
    expect(known.noteUse(`k${REVOKED - 1}`)).toBe(false)
    expect(known.principalOf(newKey().text)).toBeUndefined()
  })
})

describe('the text of a key', () => {
  it('is 256 random bits that only its own hash fits', () => {
    const texts = new Set(Array.from({ length: 1000 }, () => newKey().text))
    expect(texts.size).toBe(1000)
    const { text, id, hash } = newKey()
    const parsed = parseKey(text)
    expect(parsed?.id).toBe(id)
    expect(Buffer.from(parsed!.secret, 'base64url')).toHaveLength(32)
    expect(isSecretOf(parsed!.secret, hash)).toBe(true)
    expect(isSecretOf(parsed!.secret, newKey().hash)).toBe(false)
    expect(hash).not.toContain(parsed!.secret)
    for (const bad of ['', 'lrk_', `${text}x`, text.slice(0, -1), text.toUpperCase(), ` ${text}`])
      expect(parseKey(bad)).toBeUndefined()
  })
})
