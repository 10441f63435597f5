import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { identitiesForgottenAt, KnownIdentities } from '../../../src/state/embedded/known-identities.ts'
import { DAY, HOUR } from '../../../src/time-units.ts'

const hashOf = (n: number) => hash('sha1', String(n), 'binary').slice(0, 12)

describe('known identities', () => {
  it('return the nonce of each event id, and can be restored from their parts', () => {
    const known = new KnownIdentities(7 * DAY)
    const many = 50_000
    for (let n = 0; n < many; n++) known.add({ hash: hashOf(n), nonce: n }, (n % 3) * DAY)
    const restored = new KnownIdentities(7 * DAY)
    for (const piece of known.pieces()) restored.restore(piece)
    for (let n = 0; n < many; n++) {
      expect(known.nonceOf(hashOf(n))).toBe(n)
      expect(restored.nonceOf(hashOf(n))).toBe(-1)
    }
    for (let n = many; n < many + 1000; n++)
      expect([known.nonceOf(hashOf(n)), restored.nonceOf(hashOf(n))]).toEqual([undefined, undefined])
  })

  it('are forgotten when their whole day is too old for events to count', () => {
    const known = new KnownIdentities(7 * DAY)
    known.add({ hash: hashOf(1), nonce: 1 }, 0.9 * DAY)
    known.add({ hash: hashOf(2), nonce: 2 }, 7.9 * DAY)
    expect(known.nonceOf(hashOf(1))).toBe(1)
    known.add({ hash: hashOf(3), nonce: 3 }, 8.1 * DAY)
    expect(known.nonceOf(hashOf(1))).toBeUndefined()
    expect(known.nonceOf(hashOf(2))).toBe(2)
  })

  it('are gone at the announced time, and not before they can be', () => {
    for (const [lateness, hour] of [
      [7 * DAY, 0],
      [7 * DAY, 13],
      [DAY, 23],
      [36 * HOUR, 7],
    ]) {
      const known = new KnownIdentities(lateness)
      const begin = 20_000 * DAY + hour * HOUR
      known.add({ hash: hashOf(-1), nonce: 1 }, begin)
      const gone = identitiesForgottenAt(begin, lateness)
      expect(gone - begin).toBeLessThanOrEqual(lateness + 2 * DAY)
      for (let at = begin; at < gone; at += HOUR) {
        known.add({ hash: hashOf(at), nonce: 2 }, at)
        if (at <= begin + lateness) expect(known.nonceOf(hashOf(-1))).toBe(1)
      }
      known.add({ hash: hashOf(gone), nonce: 3 }, gone)
      expect(known.nonceOf(hashOf(-1))).toBeUndefined()
    }
  })
})
