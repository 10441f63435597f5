import { quantileSorted } from 'd3-array'
import { Random } from '../random.ts'
import { ClusterSums, drawClusters } from './cluster-sums.ts'

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
  readonly #sums: ClusterSums
  #draws: Float64Array | undefined

  constructor(columns: number) {
    this.#sums = new ClusterSums(columns)
  }

  /** @param values one per column */
  add(cluster: number, values: ArrayLike<number>): void {
    this.#sums.add(cluster, values)
  }

  get rows(): number {
    const { values, width } = this.#sums
    let rows = 0
    for (let at = 0; at < values.length; at += width) rows += values[at]
    return rows
  }

  get clusters(): number {
    return this.#sums.clusters
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
    const drawn = Array.from({ length: SAMPLES }, (_, sample) => read(draws, (sample + 1) * this.#sums.columns))
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
    const { clusters, columns, values } = this.#sums
    const sums = Float64Array.from(values)
    const draws = new Float64Array((SAMPLES + 1) * columns)
    const random = new Random(clusters, 'bootstrap')
    const times = new Float64Array(clusters)
    for (let sample = 0; sample <= SAMPLES; sample++) {
      if (sample === 0) times.fill(1)
      else drawClusters(times, random)
      this.#meansOf(sums, times, draws.subarray(sample * columns, (sample + 1) * columns))
    }
    this.#draws = draws
    return draws
  }

  #meansOf(sums: Float64Array, times: Float64Array, means: Float64Array): void {
    const { columns, width } = this.#sums
    let rows = 0
    for (let cluster = 0; cluster < times.length; cluster++) {
      const weight = times[cluster]
      if (weight === 0) continue
      const at = cluster * width
      rows += weight * sums[at]
      for (let column = 0; column < columns; column++) means[column] += weight * sums[at + 1 + column]
    }
    for (let column = 0; column < columns; column++) means[column] /= rows
  }
}
