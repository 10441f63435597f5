import { hash, randomBytes, randomInt, randomUUID } from 'node:crypto'

/** A source of randomness. Injected, so that a test can choose the values. */
export interface Randomness {
  /** 8 random bytes that distinguish one state of a value from every other state. */
  stamp(): Buffer
  /** A random integer from 0 to `limit` - 1. @param limit at most 2^47 */
  integer(limit: number): number
  /** A unique random identifier. */
  id(): string
}

/**
 * Makes the system's source of randomness. Draws random bytes in large blocks, because one call per event would cost more than the
 * rest of the record step.
 */
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

/** Returns a pseudo-random number above 0 and below 1: a hash of the text. The same text gives the same number in every process. */
export function hashedChance(text: string): number {
  return (Number.parseInt(hash('sha1', text, 'hex').slice(0, 12), 16) + 0.5) / 2 ** 48
}
