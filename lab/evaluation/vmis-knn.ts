import type { SessionKnn } from './session-knn.ts'

/** Parameters of VMIS-kNN. */
export interface VmisKnnOptions {
  readonly k: number
  /** Latest sessions that are compared, m in the paper. */
  readonly sample: number
}

/** Parameters in the middle of the ranges that the paper searches. */
export const STANDARD_VMIS_KNN: VmisKnnOptions = { k: 500, sample: 1000 }

/** Values that tuning draws from. */
export const VMIS_KNN_CHOICES = {
  k: [50, 100, 200, 500, 1000, 1500],
  sample: [100, 250, 500, 1000, 2500, 5000],
} as const satisfies { [Name in keyof VmisKnnOptions]: readonly VmisKnnOptions[Name][] }

/**
 * Returns the terms of VMIS-kNN (Kersbergen, Sprangers and Schelter, "Serenade: low-latency session-based recommendation in
 * e-commerce at scale", SIGMOD 2022). For session s and an earlier session n: r(n) = Σ_{i in both} p(i, s)/|s|, over the m latest
 * sessions that share an item, and score(i) = Σ_n r(n) · λ(ago) · 1_n(i) · ln(N / N_i). p(i, s) is the place of the latest
 * action on i, |s| the number of actions of s, and λ(ago) = 1 − 0.1 · (ago + 1), but not below 0, for a neighbour whose latest
 * shared item is `ago` actions before the last one. N is the number of sessions, and N_i the number of those with the item.
 */
export function vmisKnn({ k, sample }: VmisKnnOptions): SessionKnn {
  return {
    k,
    sample,
    placeWeight: (ago, length) => (length - ago) / length,
    similarity: (shared) => shared,
    matchWeight: (ago) => Math.max(0, 1 - 0.1 * (ago + 1)),
    itemWeight: (idf) => idf,
  }
}
