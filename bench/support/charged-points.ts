import { RateBuckets } from '../../src/server/rate-buckets.ts'

/** Buckets that hold no points, and those of addresses, from which a device pays what it also pays as a user. */
const NOT_COUNTED = /^(stored|connections|address):/

/** Counts the points that a server of this process takes from the buckets of users and keys, whatever it takes them for. */
export class ChargedPoints {
  #points = 0
  readonly #take = RateBuckets.prototype.take
  readonly #charge = RateBuckets.prototype.charge

  constructor() {
    const count = (points: number) => {
      this.#points += points
    }
    const [take, charge] = [this.#take, this.#charge]
    RateBuckets.prototype.take = function (name, rate, points) {
      if (!NOT_COUNTED.test(name)) count(points)
      return take.call(this, name, rate, points)
    }
    RateBuckets.prototype.charge = function (name, rate, points) {
      if (!NOT_COUNTED.test(name)) count(points)
      charge.call(this, name, rate, points)
    }
  }

  /** Returns the points since the last call. */
  read(): number {
    const points = this.#points
    this.#points = 0
    return points
  }

  /** Ends the counting. */
  close(): void {
    RateBuckets.prototype.take = this.#take
    RateBuckets.prototype.charge = this.#charge
  }
}
