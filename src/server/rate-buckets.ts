import { LRUCache } from 'lru-cache'
import type { Grant, SharedBuckets } from '../state/opened-store.ts'

/** Part of each bucket that a process gives without asking the others. */
const OWN_SHARE = 1 / 16
/** Part of a bucket that a process takes at once from the shared one, to ask it seldom. */
const LEASED_SHARE = 1 / 16
/** How long the shared buckets are not asked after they did not answer, in ms. */
const AWAY_MS = 5000

/** The rate at which a bucket of points fills, and its capacity as the time that filling takes. */
export interface Rate {
  /** Points per ms. */
  readonly perMs: number
  /** Time in which an empty bucket fills up, in ms. */
  readonly burstMs: number
}

interface Bucket {
  /** When the own share is full again. */
  full: number
  /** What was taken from the shared bucket and is left, in ms. Negative: what is owed to it. */
  leased: number
  /** Until when the shared bucket has nothing. */
  emptyUntil: number
  /** When the bucket that stands for an absent shared one is full again. */
  fullAlone: number
  /** A question to the shared bucket that is on its way. */
  asking: Promise<void> | undefined
}

export interface RateBucketsOptions {
  /** Buckets that processes share; undefined if this is the only process. */
  readonly shared: SharedBuckets | undefined
  /** Time in ms that never steps. */
  readonly monotonic: () => number
  /** Most buckets in memory. The one that was not used for longest goes first; it is then full again, but for what is shared. */
  readonly most: number
}

/**
 * Token buckets by name. Most clients stay within the share that a process gives on its own, without a question to Redis. Beyond it, a
 * process takes larger amounts from the shared bucket. While Redis does not answer, each process counts for itself alone.
 */
export class RateBuckets {
  readonly #buckets: LRUCache<string, Bucket>
  readonly #shared: SharedBuckets | undefined
  readonly #now: () => number
  #awayUntil = Number.NEGATIVE_INFINITY

  constructor({ shared, monotonic, most }: RateBucketsOptions) {
    this.#buckets = new LRUCache({ max: most })
    this.#shared = shared
    this.#now = monotonic
  }

  /**
   * Takes points from a bucket.
   * @returns 0 if they were there, or after how many ms they are; at once unless the shared bucket must be asked
   */
  take(name: string, { perMs, burstMs }: Rate, points: number): number | Promise<number> {
    const bucket = this.#bucketOf(name)
    const now = this.#now()
    const cost = points / perMs
    const share = this.#shared ? OWN_SHARE : 1
    const full = Math.max(bucket.full, now) + cost / share
    if (full - now <= burstMs) {
      bucket.full = full
      return 0
    }
    if (!this.#shared) return full - now - burstMs
    if (bucket.leased >= cost) {
      bucket.leased -= cost
      return 0
    }
    return this.#takeShared(this.#shared, name, bucket, cost, burstMs)
  }

  /** Takes points for what was done already. If they are not there, the bucket owes them: at most as many as it holds. */
  charge(name: string, { perMs, burstMs }: Rate, points: number): void {
    const bucket = this.#bucketOf(name)
    const now = this.#now()
    const cost = points / perMs
    const full = Math.max(bucket.full, now) + cost / (this.#shared ? OWN_SHARE : 1)
    if (!this.#shared) bucket.full = Math.min(full, now + 2 * burstMs)
    else if (full - now <= burstMs) bucket.full = full
    else bucket.leased = Math.max(bucket.leased - cost, -burstMs)
  }

  #bucketOf(name: string): Bucket {
    let bucket = this.#buckets.get(name)
    if (!bucket) {
      bucket = { full: 0, leased: 0, emptyUntil: 0, fullAlone: 0, asking: undefined }
      this.#buckets.set(name, bucket)
    }
    return bucket
  }

  async #takeShared(shared: SharedBuckets, name: string, bucket: Bucket, cost: number, size: number): Promise<number> {
    for (;;) {
      if (bucket.leased >= cost) {
        bucket.leased -= cost
        return 0
      }
      const wait = bucket.emptyUntil - this.#now()
      if (wait > 0) return wait
      bucket.asking ??= this.#ask(shared, name, bucket, cost, size).finally(() => {
        bucket.asking = undefined
      })
      await bucket.asking
    }
  }

  async #ask(shared: SharedBuckets, name: string, bucket: Bucket, cost: number, size: number): Promise<void> {
    // A debt is paid first. With a large one, the bucket is emptied several times.
    const least = Math.min(cost - Math.min(bucket.leased, 0), size)
    const wanted = Math.max(least, size * LEASED_SHARE)
    const { granted, waitMs } = await this.#grantOf(shared, name, bucket, wanted, least, size)
    bucket.leased += granted
    if (granted === 0) bucket.emptyUntil = this.#now() + Math.max(waitMs, 1)
  }

  async #grantOf(
    shared: SharedBuckets,
    name: string,
    bucket: Bucket,
    wanted: number,
    least: number,
    size: number,
  ): Promise<Grant> {
    if (this.#now() >= this.#awayUntil) {
      try {
        return await shared.take(name, wanted, least, size)
      } catch {
        this.#awayUntil = this.#now() + AWAY_MS
      }
    }
    const now = this.#now()
    const full = Math.max(bucket.fullAlone, now) + least
    if (full - now > size) return { granted: 0, waitMs: full - now - size }
    bucket.fullAlone = full
    return { granted: least, waitMs: 0 }
  }
}
