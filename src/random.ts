import { randomBytes, randomInt, randomUUID } from 'node:crypto'

/** The one source of chance. Injected, so that a test decides what it brings. */
export interface Randomness {
  /** 8 bytes that tell one state of a value from any other. */
  stamp(): Buffer
  /** An integer from 0 up to `limit`, which is left out; at most 2^47. */
  integer(limit: number): number
  /** An identifier that nobody else has. */
  id(): string
}

/** Random bytes are drawn in large pieces: one call per event would cost more than the rest of the record step. */
export function systemRandomness(): Randomness {
  let pool = randomBytes(8 * 1024)
  let used = 0
  return {
    stamp: () => {
      if (used === pool.length) {
        pool = randomBytes(8 * 1024)
        used = 0
      }
      used += 8
      return pool.subarray(used - 8, used)
    },
    integer: (limit) => randomInt(limit),
    id: randomUUID,
  }
}
