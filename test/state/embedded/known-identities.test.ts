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

  it('are kept if the wall clock is ahead for a while, however often', () => {
    const known = new KnownIdentities(7 * DAY)
    const add = (n: number, now: number, steady: number) => known.add({ hash: hashOf(n), nonce: n }, now, steady)
    for (let day = 0; day < 7; day++) {
      add(day, day * DAY, day * DAY)
      for (let jump = 0; jump < 3; jump++) add(100 + 3 * day + jump, (730 * (jump + 1) + day) * DAY, day * DAY)
    }
    for (let day = 0; day < 7; day++) expect(known.nonceOf(hashOf(day))).toBe(day)
    for (let day = 7; day < 10; day++) add(day, day * DAY, day * DAY)
    expect(known.nonceOf(hashOf(0))).toBeUndefined()
  })

  it('are kept by a process that starts while the wall clock is ahead', () => {
    const known = new KnownIdentities(7 * DAY)
    for (let day = 0; day < 7; day++) known.add({ hash: hashOf(day), nonce: day }, day * DAY)
    const restart = (from: KnownIdentities) => {
      const restored = new KnownIdentities(7 * DAY)
      for (const piece of from.pieces()) restored.restore(piece)
      return restored
    }
    const ahead = restart(known)
    ahead.add({ hash: hashOf(7), nonce: 7 }, 730 * DAY, 730 * DAY)
    const right = restart(ahead)
    right.add({ hash: hashOf(8), nonce: 8 }, 7 * DAY, 7 * DAY)
    for (let n = 0; n < 9; n++) expect(right.nonceOf(hashOf(n))).toBeDefined()
  })
})
