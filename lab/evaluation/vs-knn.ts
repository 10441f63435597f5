import { DAY } from '../../src/time-units.ts'
import type { SessionKnn } from './session-knn.ts'

/** Weights of the items of a session, by place from 1. The last item has weight 1. */
const WEIGHTINGS = {
  same: () => 1,
  linear: (place: number, length: number) => place / length,
  quadratic: (place: number, length: number) => (place / length) ** 2,
} as const
type Weighting = keyof typeof WEIGHTINGS

/** Factors of a neighbour, by how many actions ago the last shared item was, from 1. */
const MATCHES = {
  same: () => 1,
  divided: (ago: number) => 1 / ago,
  quadratic: (ago: number) => 1 / (ago * ago),
} as const
type MatchWeighting = keyof typeof MATCHES

/** Parameters of VS-KNN. */
export interface VsKnnOptions {
  readonly k: number
  readonly sample: number
  /** How the weight of an item of the session grows towards the session's end. */
  readonly weighting: Weighting
  /** How a neighbour's factor falls with the number of actions since the last shared item. */
  readonly matches: MatchWeighting
  /** `dot` sums the weights of the shared items. `cosine` divides this by the root of the neighbour's number of items. */
  readonly similarity: 'dot' | 'cosine'
  /** Weight of the inverse document frequency; 0 for none. */
  readonly idf: number
  /** Time in which a neighbour's similarity falls to 1/e, in days; 0 if it does not fall. */
  readonly recencyDays: number
}

/** Parameters that session-rec uses for the data set yoochoose. */
export const STANDARD_VS_KNN: VsKnnOptions = {
  k: 100,
  sample: 1000,
  weighting: 'quadratic',
  matches: 'quadratic',
  similarity: 'dot',
  idf: 0,
  recencyDays: 0,
}

/** Values that tuning draws from. */
export const VS_KNN_CHOICES = {
  k: [50, 100, 200, 500, 1000, 1500],
  sample: [500, 1000, 2500, 5000],
  weighting: ['same', 'linear', 'quadratic'],
  matches: ['same', 'divided', 'quadratic'],
  similarity: ['dot', 'cosine'],
  idf: [0, 1, 2, 5, 10],
  recencyDays: [0, 1, 3, 7, 30, 365],
} as const satisfies { [Name in keyof VsKnnOptions]: readonly VsKnnOptions[Name][] }

/**
 * Returns the terms of vector multiplication session-based kNN (VS-KNN: Ludewig and Jannach, "Evaluation of session-based
 * recommendation algorithms", UMUAI 2018, with the idf and time weights of its program session-rec). Session s has the vector w,
 * and an earlier session n is a 0/1 vector. The score of item i is
 * Σ_n sim(s, n) · m(ago(s, n)) · 1_n(i) · (1 + idf · ln(N / N_i)), with sim(s, n) = w · n, or w · n / √|n|, times
 * exp(−age(n) / recencyDays). Here m falls with the number of actions since the last shared item, N is the number of sessions,
 * and N_i the number of those with the item.
 */
export function vsKnn({ k, sample, weighting, matches, similarity, idf, recencyDays }: VsKnnOptions): SessionKnn {
  return {
    k,
    sample,
    placeWeight: (ago, length) => WEIGHTINGS[weighting](length - ago, length),
    similarity: (shared, items, age) =>
      (similarity === 'cosine' ? shared / Math.sqrt(items) : shared) *
      (recencyDays === 0 ? 1 : Math.exp(-age / (recencyDays * DAY))),
    matchWeight: (ago) => MATCHES[matches](ago + 1),
    itemWeight: (rarity) => 1 + idf * rarity,
  }
}
