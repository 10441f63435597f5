/** Percentiles of durations, in ms, and the number of durations. */
export type Percentiles = { count: number; p50: number; p95: number; p99: number }

/** Number of durations in a bucket. */
export type BucketCount = readonly [bucket: number, count: number]

const SMALLEST_MS = 0.01
const RATIO = 1.02
/** Of about an hour: longer durations count as that. */
const LAST_BUCKET = 1000

/**
 * Histogram of durations in buckets 2 % wide; its memory does not grow with time. Histograms of several processes can be added.
 * Those of `perf_hooks` cannot, because they expose percentiles only.
 */
export class LatencyHistogram {
  readonly #buckets: number[] = []
  #count = 0

  add(ms: number): void {
    const bucket = ms <= SMALLEST_MS ? 0 : Math.min(LAST_BUCKET, Math.ceil(Math.log(ms / SMALLEST_MS) / Math.log(RATIO)))
    this.addAll([[bucket, 1]])
  }

  /** Adds the counts of another histogram. */
  addAll(buckets: readonly BucketCount[]): void {
    for (const [bucket, count] of buckets) {
      this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + count
      this.#count += count
    }
  }

  /** Returns the buckets that are not empty. */
  buckets(): BucketCount[] {
    return [...this.#buckets.entries()].filter(([, count]) => count > 0)
  }

  /** Returns the percentiles, each at most 2 % too high; undefined before the first duration. */
  percentiles(): Percentiles | undefined {
    if (this.#count === 0) return undefined
    return { count: this.#count, p50: this.#quantile(0.5), p95: this.#quantile(0.95), p99: this.#quantile(0.99) }
  }

  #quantile(share: number): number {
    const rank = Math.ceil(share * this.#count)
    let below = 0
    const bucket = this.#buckets.findIndex((count = 0) => {
      below += count
      return below >= rank
    })
    return SMALLEST_MS * RATIO ** bucket
  }
}
