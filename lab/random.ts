/**
 * A seeded source of random draws: equal seeds give equal draws on every machine, and nothing else is read.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand, public domain), 96 bits of state and a 32-bit counter, with
 * 32 random bits to a draw. Each part of a simulation makes its own (`new Random(seed, 'shop')`), so that a draw more in one
 * place does not move the draws of another.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** The parts are joined by `/` and hashed: `new Random(7, 'shop')` and `new Random('7/shop')` are the same source. */
  constructor(...seed: readonly (string | number)[]) {
    const text = seed.join('/')
    this.#a = hash(text, 0x9e3779b9)
    this.#b = hash(text, 0x85ebca6b)
    this.#c = hash(text, 0xc2b2ae35)
    // PractRand's own seeding: the first rounds still show the seed.
    for (let round = 0; round < 12; round++) this.#next()
  }

  #next(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0
    return result >>> 0
  }

  /** A number from `low` (included) to `high` (not included); 0 to 1 by default. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.#next() / 4294967296)
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1))
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability
  }

  /** Normal, by Box and Muller. */
  normal(mean = 0, deviation = 1): number {
    return mean + deviation * Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Exponential, above or equal to 0. */
  exponential(mean = 1): number {
    return -mean * Math.log(1 - this.uniform())
  }

  /** Log-normal: `deviation` is that of the logarithm. */
  logNormal(median: number, deviation: number): number {
    return median * Math.exp(this.normal(0, deviation))
  }

  /** An index, chosen with the weights whose running sums these are (see `runningSums`). */
  weighted(sums: ArrayLike<number>): number {
    const target = this.uniform() * sums[sums.length - 1]!
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle]! > target) high = middle
      else low = middle + 1
    }
    return low
  }

  /** A rank from 0 to `count` - 1 whose probability falls about as (rank + 1)^-`exponent`; the exponent is not 1. */
  zipf(count: number, exponent = 0.8): number {
    const power = 1 - exponent
    const x = (this.uniform() * ((count + 1) ** power - 1) + 1) ** (1 / power)
    return Math.min(count - 1, Math.floor(x) - 1)
  }

  /** Draws one of the values, all with equal probability. The list must not be empty. */
  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)]!
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(values: readonly T[]): T[] {
    const shuffled = [...values]
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.integer(0, last)
      const value = shuffled[last]!
      shuffled[last] = shuffled[other]!
      shuffled[other] = value
    }
    return shuffled
  }
}

/** Returns the running sums of weights that are not negative, for `Random.weighted`. */
export function runningSums(weights: Iterable<number>): Float64Array {
  let sum = 0
  return Float64Array.from(weights, (weight) => {
    sum += weight
    return sum
  })
}

/** MurmurHash3's mixing (Austin Appleby, public domain) over UTF-16 units. */
function hash(text: string, basis: number): number {
  let value = basis
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0xcc9e2d51)
    value = (value << 13) | (value >>> 19)
  }
  value ^= value >>> 16
  value = Math.imul(value, 0x85ebca6b)
  value ^= value >>> 13
  value = Math.imul(value, 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
