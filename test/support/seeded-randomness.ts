import type { Randomness } from '../../src/random.ts'

let instances = 0

/** Chance that is the same in every run: numbers from a seed, stamps that no other instance of this process has, ids by count. */
export function seededRandomness(seed = 1): Randomness {
  const instance = ++instances
  let stamps = 0
  let ids = 0
  let state = seed >>> 0
  return {
    stamp: () => {
      const stamp = Buffer.alloc(8)
      stamp.writeUInt32BE(instance, 0)
      stamp.writeUInt32BE(++stamps, 4)
      return stamp
    },
    // mulberry32 (T. Ettinger)
    integer: (limit) => {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
    },
    id: () => `made-${seed}-${++ids}`,
  }
}
