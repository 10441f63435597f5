/** Milliseconds below which so many of a hundred lay. */
export type Percentiles = { count: number; p50: number; p95: number; p99: number }

/** How many durations a bucket holds. */
export type BucketCount = readonly [bucket: number, count: number]

const SMALLEST_MS = 0.01
const RATIO = 1.02
/** Of about an hour: longer durations count as that. */
const LAST_BUCKET = 1000

/**
 * Counts durations in buckets 2 % wide, so that a long run takes no more room than a short one. Those of several processes add up,
 * as the histograms of `perf_hooks`, which give nothing but percentiles away, would not.
 */
export class LatencyHistogram {
  readonly #buckets: number[] = []
  #count = 0

  add(ms: number): void {
    const bucket = ms <= SMALLEST_MS ? 0 : Math.min(LAST_BUCKET, Math.ceil(Math.log(ms / SMALLEST_MS) / Math.log(RATIO)))
    this.addAll([[bucket, 1]])
  }

  /** What another histogram has counted. */
  addAll(buckets: readonly BucketCount[]): void {
    for (const [bucket, count] of buckets) {
      this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + count
      this.#count += count
    }
  }

  /** The buckets that hold any. */
  buckets(): BucketCount[] {
    return [...this.#buckets.entries()].filter(([, count]) => count > 0)
  }

  /** Each at most 2 % above the truth; undefined before the first duration. */
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
