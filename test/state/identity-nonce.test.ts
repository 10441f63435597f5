import { expect, it } from 'vitest'
import {
  isOfCall,
  NONCES,
  NOT_COUNTED,
  reasonOf,
  restoredNonce,
  STORED_NONCES,
  storedNonce,
} from '../../src/state/log/not-counted.ts'

it('a stored nonce contains its reason and its call', () => {
  for (const reason of [undefined, ...NOT_COUNTED]) {
    for (const drawn of [0, 1, 12_345, NONCES - 1]) {
      const stored = storedNonce(drawn, reason)
      expect([reasonOf(stored), isOfCall(stored, drawn), isOfCall(restoredNonce(reason), drawn)]).toEqual([reason, true, false])
      expect(stored).toBeLessThan(STORED_NONCES)
    }
  }
})

// Redis holds them for days, across an upgrade.
it.each([
  [4_128_768, 'LATE'],
  [4_145_152, 'MARKED_TRAFFIC'],
  [4_161_536, 'RATE_LIMIT'],
  [4_177_920, 'ITEM_CAP'],
])('a nonce of an earlier version keeps its reason: %i is %s', (stored, reason) => {
  expect(reasonOf(stored)).toBe(reason)
  expect(reasonOf(stored + 2 ** 14 - 1)).toBe(reason)
})
