import { bisectLeft } from 'd3-array'
import { ClusterSums, drawClusters } from '../evaluation/cluster-sums.ts'
import { Random } from '../random.ts'

/** Probability that any bound of a family is wrong, if all differences are 0. */
export const ALPHA = 0.05
/** With this number, the allowed share of draws beyond the bounds is a whole number of draws: 250 of 5,000, the log's own among them. */
const DRAWS = 4999
/** With fewer users, the draws say too little about further users. */
export const LEAST_CLUSTERS = 20
/** Sums of squares below this share of their terms are rounding errors. */
const ROUNDING = 1e-12

/** Mean difference from one other method, with bounds and a p-value that hold for all methods of the family at once. */
export interface BoundedDifference {
  readonly value: number
  readonly low: number
  readonly high: number
  /** Share of draws in which the largest difference of the family is at least as extreme. At most `ALPHA` if the bounds exclude 0. */
  readonly p: number
}

/**
 * Mean differences of one method from several others over the same rows, with simultaneous bounds by the max-T bootstrap: studentised
 * and two-sided, in a single step (Romano and Wolf 2005, "Stepwise multiple testing as formalized data snooping", Econometrica 73).
 * The bootstrap draws whole clusters of rows: users. The standard error of a mean over rows of clusters is that of a ratio of
 * two sums, linearised.
 */
export class DifferenceFamily {
  readonly #members: number
  readonly #draws: number
  /** One column for each difference. */
  readonly #sums: ClusterSums

  /** @param members number of other methods @param draws of the bootstrap; one less than a multiple of 1 / `ALPHA` */
  constructor(members: number, draws = DRAWS) {
    this.#members = members
    this.#draws = draws
    this.#sums = new ClusterSums(members)
  }

  /** Adds a row. @param differences one for each other method */
  add(cluster: number, differences: ArrayLike<number>): void {
    this.#sums.add(cluster, differences)
  }

  get clusters(): number {
    return this.#sums.clusters
  }

  /** Returns the mean differences, and their bounds if there are at least `LEAST_CLUSTERS` clusters; else bounds and p are NaN. */
  bounds(): BoundedDifference[] {
    const moments = this.#moments()
    const all = new Float64Array(widthOf(this.#members))
    for (let cluster = 0; cluster < this.clusters; cluster++) addTimes(all, moments, cluster, 1)
    const observed = Array.from({ length: this.#members }, (_, member) => estimateOf(all, member, this.clusters))
    if (this.clusters < LEAST_CLUSTERS)
      return observed.map(({ value }) => ({ value, low: Number.NaN, high: Number.NaN, p: Number.NaN }))
    const largest = this.#largest(moments, observed)
    const beyond = Math.round(ALPHA * (this.#draws + 1))
    const critical = largest[this.#draws - beyond]
    return observed.map(({ value, error }) => {
      const width = error === 0 ? 0 : critical * error
      const t = value === 0 ? 0 : Math.abs(value) / error
      const p = (1 + this.#draws - bisectLeft(largest, t)) / (this.#draws + 1)
      return { value, low: value - width, high: value + width, p }
    })
  }

  /** The largest studentised deviation of each draw, in ascending order. */
  #largest(moments: Float64Array, observed: readonly Estimate[]): Float64Array {
    const clusters = this.clusters
    const random = new Random(clusters, 'simultaneous bounds')
    const times = new Float64Array(clusters)
    const drawn = new Float64Array(widthOf(this.#members))
    const largest = new Float64Array(this.#draws)
    for (let draw = 0; draw < this.#draws; draw++) {
      drawClusters(times, random)
      drawn.fill(0)
      for (let cluster = 0; cluster < clusters; cluster++)
        if (times[cluster] > 0) addTimes(drawn, moments, cluster, times[cluster])
      for (let member = 0; member < this.#members; member++) {
        const whole = observed[member]
        if (whole.error === 0) continue
        const { value, error } = estimateOf(drawn, member, clusters)
        // A draw of clusters that are all alike has no error of its own.
        const t = Math.abs(value - whole.value) / (error === 0 ? whole.error : error)
        if (t > largest[draw]) largest[draw] = t
      }
    }
    return largest.sort()
  }

  /** By cluster, with rows n and sum s of each member: n, n², then s, s² and s·n of each member. */
  #moments(): Float64Array {
    const { values, width: rowWidth } = this.#sums
    const width = widthOf(this.#members)
    const moments = new Float64Array(this.clusters * width)
    for (let cluster = 0; cluster < this.clusters; cluster++) {
      const from = cluster * rowWidth
      const rows = values[from]
      let at = cluster * width
      moments[at++] = rows
      moments[at++] = rows * rows
      for (let member = 0; member < this.#members; member++) {
        const sum = values[from + 1 + member]
        moments[at++] = sum
        moments[at++] = sum * sum
        moments[at++] = sum * rows
      }
    }
    return moments
  }
}

interface Estimate {
  readonly value: number
  /** Standard error. */
  readonly error: number
}

function widthOf(members: number): number {
  return 2 + 3 * members
}

function addTimes(sums: Float64Array, moments: Float64Array, cluster: number, times: number): void {
  const from = cluster * sums.length
  for (let i = 0; i < sums.length; i++) sums[i] += times * moments[from + i]
}

function estimateOf(sums: Float64Array, member: number, clusters: number): Estimate {
  const [rows, squaredRows] = sums
  const at = 2 + 3 * member
  const value = sums[at] / rows
  const squares = sums[at + 1]
  const residuals = squares - 2 * value * sums[at + 2] + value * value * squaredRows
  if (residuals <= ROUNDING * squares) return { value, error: 0 }
  return { value, error: Math.sqrt((residuals * clusters) / (clusters - 1)) / rows }
}
