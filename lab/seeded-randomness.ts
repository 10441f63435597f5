import type { Randomness } from '../src/random.ts'
import type { Random } from './random.ts'

/** Makes the randomness of a service out of seeded draws. Its ids are `s1`, `s2` and so on: unique in one service alone. */
export function seededRandomness(random: Random): Randomness {
  let ids = 0
  return {
    stamp: () => Buffer.from(Uint32Array.of(random.integer(0, 0xffffffff), random.integer(0, 0xffffffff)).buffer),
    integer: (limit) => random.integer(0, limit - 1),
    id: () => `s${++ids}`,
  }
}
