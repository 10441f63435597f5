/** Numbers from a seed: the same in every run and on every machine. */
export class Chance {
  #state: number

  constructor(seed: number) {
    // Neighbouring seeds would begin alike.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0
  }

  /** Below 1. mulberry32 (T. Ettinger) */
  number(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** From `low` up to `high`, which is left out unless both are one. */
  between(low: number, high: number): number {
    return low + Math.floor(this.number() * (high - low))
  }

  happens(probability: number): boolean {
    return this.number() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[this.between(0, from.length)]
  }
}
