/** The answer of a shared bucket to a request for points. */
export interface Grant {
  /** Amount given: the wanted amount, the least one, or 0. */
  readonly granted: number
  /** After how many ms the least amount is there; 0 if something was given. */
  readonly waitMs: number
}

/**
 * Token buckets that the processes of a store share. Amounts are in ms: the time in which a bucket fills up by as much. A bucket that
 * is full takes no memory.
 */
export interface SharedBuckets {
  /**
   * Takes from a bucket.
   * @param name of the bucket; not stored as it is
   * @param wanted amount to take if it is there
   * @param least amount to take otherwise
   * @param size amount in a full bucket; at least `wanted`
   * @throws UnavailableError if the store does not answer
   */
  take(name: string, wanted: number, least: number, size: number): Promise<Grant>
}
