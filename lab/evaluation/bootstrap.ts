import { quantileSorted } from 'd3-array'
import { Random } from '../random.ts'

/** A mean with its 95 % interval, whose bounds are NaN if all rows are of one cluster: nothing is known about others. */
export interface BootstrapEstimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

const SAMPLES = 1000
const LOW = 0.025
const HIGH = 0.975

/**
 * Means of several columns over the same rows, with percentile bootstrap intervals (Efron, 1979). The bootstrap draws whole
 * clusters of rows: users, whose rows resemble one another. All columns have the same draws, so the interval of a difference is a
 * paired one.
 */
export class ClusteredMeans {
  readonly #columns: number
  readonly #rowOf = new Map<number, number>()
  /** By cluster: how many rows, then the sum of each column. */
  #sums: number[] = []
  #draws: Float64Array | undefined

  constructor(columns: number) {
    this.#columns = columns
  }

  /** @param values one per column */
  add(cluster: number, values: ArrayLike<number>): void {
    const width = this.#columns + 1
    let row = this.#rowOf.get(cluster)
    if (row === undefined) {
      row = this.#rowOf.size
      this.#rowOf.set(cluster, row)
      for (let i = 0; i < width; i++) this.#sums.push(0)
    }
    this.#sums[row * width]++
    for (let column = 0; column < this.#columns; column++) this.#sums[row * width + 1 + column] += values[column]
  }

  get rows(): number {
    let rows = 0
    for (let at = 0; at < this.#sums.length; at += this.#columns + 1) rows += this.#sums[at]
    return rows
  }

  get clusters(): number {
    return this.#rowOf.size
  }

  mean(column: number): BootstrapEstimate {
    return this.#estimate((means, at) => means[at + column])
  }

  /** Returns the mean of the first column minus that of the second. */
  difference(a: number, b: number): BootstrapEstimate {
    return this.#estimate((means, at) => means[at + a] - means[at + b])
  }

  /**
   * Returns the mean of the first column over that of the second; NaN if both are 0. Samples in which both are 0 do not count.
   */
  ratio(a: number, b: number): BootstrapEstimate {
    return this.#estimate((means, at) => means[at + a] / means[at + b])
  }

  #estimate(read: (means: Float64Array, at: number) => number): BootstrapEstimate {
    const draws = this.#drawn()
    if (this.clusters === 1) return { value: read(draws, 0), low: Number.NaN, high: Number.NaN }
    const drawn = Array.from({ length: SAMPLES }, (_, sample) => read(draws, (sample + 1) * this.#columns))
      .filter((value) => !Number.isNaN(value))
      .sort((a, b) => a - b)
    return {
      value: read(draws, 0),
      low: quantileSorted(drawn, LOW) ?? Number.NaN,
      high: quantileSorted(drawn, HIGH) ?? Number.NaN,
    }
  }

  /** Means of all rows, then of each sample. */
  #drawn(): Float64Array {
    if (this.#draws) return this.#draws
    const clusters = this.clusters
    const sums = Float64Array.from(this.#sums)
    const draws = new Float64Array((SAMPLES + 1) * this.#columns)
    const random = new Random(clusters, 'bootstrap')
    const times = new Float64Array(clusters)
    for (let sample = 0; sample <= SAMPLES; sample++) {
      if (sample === 0) times.fill(1)
      else {
        times.fill(0)
        for (let i = 0; i < clusters; i++) times[Math.floor(random.uniform() * clusters)]++
      }
      this.#meansOf(sums, times, draws.subarray(sample * this.#columns, (sample + 1) * this.#columns))
    }
    this.#draws = draws
    return draws
  }

  #meansOf(sums: Float64Array, times: Float64Array, means: Float64Array): void {
    const width = this.#columns + 1
    let rows = 0
    for (let cluster = 0; cluster < times.length; cluster++) {
      const weight = times[cluster]
      if (weight === 0) continue
      const at = cluster * width
      rows += weight * sums[at]
      for (let column = 0; column < this.#columns; column++) means[column] += weight * sums[at + 1 + column]
    }
    for (let column = 0; column < this.#columns; column++) means[column] /= rows
  }
}
